import Core
import Glibc
import Linux
import TestSupport
import Testing

@testable import Spool

@Suite struct JobFinderTests {
    private let sandbox: SpoolSandbox

    init() throws { sandbox = try SpoolSandbox() }

    private func find(_ text: String) throws -> [JobFinder.Match] {
        try JobFinder(root: sandbox.root).find(text)
    }

    private func places(_ text: String) throws -> [JobLookup.Place] {
        try find(text).map(\.found.place)
    }

    /// A session that is done, whose file has this name.
    private func done(_ name: FileName, droppedAs job: FileName) async throws -> SessionID {
        let session = try await sandbox.session(job)
        let outcome = SessionRecord.Outcome(state: .done, finished: sandbox.time.now)
        try session.update { $0.outcome = outcome }
        let receipt = try RecordFile.encode(
            Receipt(session.record, outcome), subject: "a receipt")
        try sandbox.write(
            String(decoding: receipt, as: UTF8.self), to: "done/\(name.display).receipt")
        try sandbox.move("active/\(session.id).json", to: "done/\(name.display)")
        return session.id
    }

    /// Yesterday's video is not what is meant by the name of today's job.
    @Test func ofEqualNamesTheNewestGoesFirst() async throws {
        _ = try await done("a.json", droppedAs: "a.json")
        sandbox.time.advance(by: .seconds(86_400))
        _ = try await done("a~2.json", droppedAs: "a.json")
        sandbox.time.advance(by: .seconds(86_400))
        let running = try await sandbox.session("a.json")
        let old: [JobLookup.Place] = [
            .session(running.id, in: .active), .ended("a~2.json", in: .done),
            .ended("a.json", in: .done),
        ]
        #expect(try places("a.json") == old)
        #expect(try places("a") == old)
        // The time of a file is the machine's.
        try sandbox.drop("a.json")
        #expect(Set(try places("a.json")) == Set(old + [.waiting("a.json", in: .inbox)]))
        #expect(try places("a~2.json") == [.ended("a~2.json", in: .done)])
        #expect(try places("b.json").isEmpty)
    }

    /// From before its claim to its end.
    @Test func aJobKeepsItsHandle() async throws {
        try sandbox.drop("a.json")
        let handle = try #require(try sandbox.root[.inbox].handle("a.json"))
        #expect(try places("\(handle)") == [.waiting("a.json", in: .inbox)])
        try sandbox.move("inbox/a.json", to: "held/a.json")
        #expect(try places("\(handle)") == [.waiting("a.json", in: .held)])
        try sandbox.move("held/a.json", to: "inbox/a.json")
        guard
            case .job(let session, _) = try sandbox.claim().claim(
                "a.json", in: sandbox.root[.inbox])
        else { throw Unexpected(what: "it is no job") }
        #expect(session.id.handle == handle)
        #expect(try find("\(handle)").map(\.found.session) == [session.id])
        try session.update {
            $0.outcome = .init(state: .failed, finished: sandbox.time.now)
        }
        #expect(try find("\(handle)".uppercased()).map(\.found.session) == [session.id])
    }

    /// What never became a session is called after its file.
    @Test func aRejectedFileHasAHandle() throws {
        try sandbox.drop("a.json")
        let handle = try #require(try sandbox.root[.inbox].handle("a.json"))
        try sandbox.move("inbox/a.json", to: "rejected/a~2.json")
        let matches = try find("\(handle)")
        #expect(matches.map(\.found.place) == [.ended("a~2.json", in: .rejected)])
        #expect(matches.map(\.handle) == [handle])
    }

    @Test func anIDMeansTheJobThatHasIt() async throws {
        let session = try await sandbox.session("a.json")
        try session.update { $0.id = "tea-7" }
        let identity = JobIdentity(root: sandbox.root, window: .seconds(60))
        #expect(
            try identity.take(
                "tea-7", of: 1001, for: session.id, job: "a.json", at: sandbox.time.now) == nil)
        #expect(try find("tea-7").map(\.found.session) == [session.id])
        try sandbox.remove("state/ids")
        #expect(try find("tea-7").map(\.found.session) == [session.id])
        #expect(try find("tea-8").isEmpty)
    }

    @Test(arguments: ["", "/metadata", "/metadata/job.json", "/final_output/../logs/"])
    func aPathMeansTheJobItBelongsTo(_ rest: String) async throws {
        let session = try await sandbox.session("a.json")
        let path = "outputs/\(session.id)\(rest)"
        #expect(try find("\(sandbox.path)/\(path)").map(\.found.session) == [session.id])
        #expect(try find(path).map(\.found.session) == [session.id])
    }

    @Test func thePathOfAFileMeansThatFile() async throws {
        _ = try await done("a.json", droppedAs: "a.json")
        try sandbox.drop("a.json")
        for text in ["done/a.json", "\(sandbox.path)/done/a.json.receipt"] {
            #expect(try places(text) == [.ended("a.json", in: .done)], "\(text)")
        }
        #expect(try places("inbox/a.json") == [.waiting("a.json", in: .inbox)])
        for text in ["/etc/passwd", "state/clock.json", "done/../../x.json", "done/b.json"] {
            #expect(try places(text).isEmpty, "\(text)")
        }
    }

    @Test func whatIsNearIsNamed() async throws {
        _ = try await sandbox.session("octopus.json")
        let finder = JobFinder(root: sandbox.root)
        #expect(finder.nearest(to: "octopus.jsn") == "octopus.json")
        #expect(finder.nearest(to: "octupus") == "octopus.json")
        #expect(finder.nearest(to: "quite another") == nil)
    }

    /// One that moves while one looks is seen where it was and where it came to.
    @Test func aJobThatMovesIsOne() throws {
        let id = try #require(SessionID("session_20261127_100000_aaaa"))
        let other = try #require(SessionID("session_20261127_100000_bbbb"))
        var status = stat()
        #expect(stat("/", &status) == 0)
        func found(_ place: JobLookup.Place, _ session: SessionID?) -> JobLookup.Found {
            JobLookup.Found(
                place: place, job: "a.json", session: session, owner: 0,
                identity: .init(status))
        }
        let seen = [
            found(.session(id, in: .active), id), found(.session(other, in: .active), other),
            found(.ended("a.json", in: .done), id), found(.ended("a.json", in: .done), id),
            found(.waiting("a.json", in: .inbox), nil),
        ]
        #expect(JobFinder.once(seen) == [seen[1], seen[2], seen[4]])
    }
}
