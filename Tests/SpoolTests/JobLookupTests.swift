import Core
import Glibc
import Linux
import Spool
import TestSupport
import Testing

@Suite struct JobLookupTests {
    private let sandbox: SpoolSandbox
    private let lookup: JobLookup

    init() throws {
        sandbox = try SpoolSandbox()
        lookup = JobLookup(root: sandbox.root)
    }

    private func place(
        _ name: FileName, _ verb: ControlRequest.Verb = .cancel
    ) throws -> JobLookup.Place? {
        guard case .found(let found) = try lookup.find(.init(name), for: verb) else { return nil }
        return found.place
    }

    /// Ends a session as failed and files its job.
    private func fail(_ session: Session) async throws {
        let outcome = SessionRecord.Outcome(state: .failed, finished: sandbox.time.now)
        try session.update { $0.outcome = outcome }
        let record = session.record
        _ = try Archive(root: sandbox.root).file(
            "\(session.id).json", of: sandbox.root[.active], droppedAs: FileName(record.job),
            Receipt(record, outcome))
    }

    @Test func findsAJobByItsFileAndByItsSessionWhereverItIs() async throws {
        #expect(try place("a.json") == nil)
        try sandbox.drop("a.json")
        #expect(try place("a.json") == .waiting("a.json", in: .inbox))
        try sandbox.move("inbox/a.json", to: "held/a.json")
        #expect(try place("a.json") == .waiting("a.json", in: .held))
        try sandbox.move("held/a.json", to: "inbox/b.json")
        let session = try await sandbox.session("a.json")
        for state in [SpoolDirectory.active, .deferred, .held] {
            if state != .active {
                try sandbox.move(
                    "active/\(session.id).json", to: "\(state.rawValue)/\(session.id).json")
            }
            for name: FileName in ["a.json", "\(session.id)", "\(session.id).json"] {
                #expect(try place(name) == .session(session.id, in: state), "\(name.display)")
            }
            if state != .active {
                try sandbox.move(
                    "\(state.rawValue)/\(session.id).json", to: "active/\(session.id).json")
            }
        }
        try sandbox.write("{}", to: "failed/a.json")
        try await fail(session)
        #expect(try sandbox.list("failed").contains("a~2.json"))
        #expect(try place("\(session.id)") == .ended("a~2.json", in: .failed))
        #expect(try place("a~2.json") == .ended("a~2.json", in: .failed))
    }

    /// What can be retried has ended; what can be cancelled has not.
    @Test func ofSeveralOfOneNameTheVerbDecides() async throws {
        let first = try await sandbox.session("a.json")
        try await fail(first)
        let second = try await sandbox.session("a.json")
        #expect(try place("a.json", .cancel) == .session(second.id, in: .active))
        #expect(try place("a.json", .retry) == .ended("a.json", in: .failed))
        let third = try await sandbox.session("a.json")
        #expect(
            try lookup.find(.file("a.json"), for: .hold)
                == .ambiguous([second.id, third.id].sorted()))
        try sandbox.drop("a.json")
        #expect(try place("a.json", .hold) == .waiting("a.json", in: .inbox))
    }

    /// Members of the group can write what looks like a receipt, and make links to one.
    @Test(.enabled(if: getuid() == 0, "only root can give files away"))
    func aReceiptThatTheDaemonDidNotWriteIsNotBelieved() async throws {
        let session = try await sandbox.session("a.json")
        try await fail(session)
        #expect(lookup.sessionInReceipt(of: "a.json", in: .failed) == session.id)
        let copy = sandbox.text("failed/a.json.receipt") ?? ""
        try sandbox.write(copy, to: "failed/a~2.json.receipt")
        #expect(lookup.sessionInReceipt(of: "a~2.json", in: .failed) == session.id)
        #expect(chown("\(sandbox.path)/failed/a~2.json.receipt", 61_001, .max) == 0)
        #expect(lookup.sessionInReceipt(of: "a~2.json", in: .failed) == nil)
        // Where they can make names, as in a root of an earlier version.
        #expect(chmod("\(sandbox.path)/failed", 0o3770) == 0)
        #expect(
            link("\(sandbox.path)/failed/a.json.receipt", "\(sandbox.path)/failed/a~3.json.receipt")
                == 0)
        #expect(lookup.sessionInReceipt(of: "a~3.json", in: .failed) == nil)
    }

    @Test func aSessionThatIsOpenedAgainKeepsItsHistory() async throws {
        let session = try await sandbox.session("a.json")
        let now = sandbox.time.now
        try session.update { record in
            record.plan = ["one", "two"]
            record.steps["one"] = .init(provider: "p", tries: ["p": 2], started: now)
            record.steps["one"]?.state = .finished
            record.steps["two"] = .init(provider: "q", tries: ["p": 3, "q": 1], started: now)
            record.steps["two"]?.state = .failed
            record.deaths = 2
            record.worker = "w"
            record.outcome = .init(state: .failed, finished: now)
        }
        for _ in 1...2 { try session.update { $0.reopen() } }
        let record = session.record
        #expect(record.outcome == nil && record.deaths == 0 && record.worker == nil)
        #expect(record.earlier?.count == 1 && record.earlier?.first?.attempts == ["two": 4])
        #expect(record.steps["one"]?.tries == ["p": 2] && record.steps["two"]?.tries == [:])
        #expect(record.attempts == ["one": 2, "two": 4])
        #expect(try SessionRecord.read(from: session.directory) == record)
    }
}
