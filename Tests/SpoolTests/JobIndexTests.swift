import Core
import Linux
import Spool
import TestSupport
import Testing

@Suite struct JobIndexTests {
    private let sandbox: SpoolSandbox
    private let lookup: JobLookup

    init() throws {
        sandbox = try SpoolSandbox()
        lookup = JobLookup(root: sandbox.root)
    }

    private func find(
        _ name: FileName, _ index: JobIndex, isSure: Bool = false,
        _ verb: ControlRequest.Verb = .cancel
    ) throws -> JobLookup.Result? {
        try lookup.find(.init(name), for: verb, by: index, isSure: isSure)
    }

    @Test func learnsTheNamesOfClaimedJobsAndForgetsThoseThatHaveGone() async throws {
        let (a, b) = (try await sandbox.session("a.json"), try await sandbox.session("b.json"))
        try sandbox.move("active/\(b.id).json", to: "deferred/\(b.id).json")
        var index = JobIndex()
        #expect(!index.isComplete && index.known.isEmpty)
        index.learn(try JobIndex.look(in: sandbox.root, besides: index.known))
        #expect(index.isComplete && index.known == [a.id, b.id])
        #expect(index.sessions(named: "a.json") == [a.id])
        try sandbox.move("deferred/\(b.id).json", to: "done/b.json")
        // What came to be known meanwhile stays.
        let lesson = try JobIndex.look(in: sandbox.root, besides: index.known)
        index.add(SessionID(at: 1, JobHandle(1)), "c.json")
        index.learn(lesson)
        #expect(index.sessions(named: "b.json").isEmpty)
        #expect(!index.sessions(named: "c.json").isEmpty)
        index.remove(a.id)
        #expect(index.sessions(named: "a.json").isEmpty)
    }

    /// Only the beginning of a record is read, but of one whose beginning does not tell.
    @Test(arguments: ["a.json", "say \"a\" \\ ü.json", "\"job\" : \"x\".json"], [0, 40])
    func learnsEveryName(_ name: String, _ earlier: Int) async throws {
        let session = try await sandbox.session(FileName(name))
        let failure = Failure(
            .permanent, code: "x", operation: "x", subject: "\n  \"job\" : \"wrong.json\"",
            cause: "x")
        try session.update { record in
            for _ in 0..<earlier {
                record.outcome = .init(state: .failed, failure: failure, finished: .now)
                record.reopen()
            }
            record.labels["job"] = "wrong.json"
        }
        var index = JobIndex()
        index.learn(try JobIndex.look(in: sandbox.root, besides: []))
        #expect(index.sessions(named: FileName(name).jobText) == [session.id])
    }

    /// What is found by the index is what is found by reading everything, or it says that it cannot tell.
    @Test func findsWhatTheDirectoriesHave() async throws {
        let session = try await sandbox.session("a.json")
        try sandbox.drop("w.json")
        try sandbox.write("{}", to: "failed/f.json")
        var index = JobIndex()
        #expect(try find("a.json", index) == nil && find("none.json", index) == nil)
        #expect(try find("\(session.id)", index) != nil)
        #expect(try find("\(SessionID(at: 1, JobHandle(1)))", index) == nil)
        index.learn(try JobIndex.look(in: sandbox.root, besides: []))
        #expect(try find("none.json", index) == nil, "it may have been moved there since")
        for name: FileName in ["a.json", "w.json", "f.json", "none.json", "\(session.id).json"] {
            let sure = try find(name, index, isSure: true)
            #expect(try sure == lookup.find(.init(name), for: .cancel), "\(name.display)")
        }
        #expect(
            try find("f.json", index, .retry) == lookup.find(.init("f.json"), for: .retry))
    }

    @Test func ofSeveralOfANameItNamesAll() async throws {
        let sessions = [
            try await sandbox.session("a.json"), try await sandbox.session("a.json"),
        ]
        var index = JobIndex()
        index.learn(try JobIndex.look(in: sandbox.root, besides: []))
        #expect(try find("a.json", index) == .ambiguous(sessions.map(\.id).sorted()))
    }
}
