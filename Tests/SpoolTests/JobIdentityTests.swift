import Core
import Glibc
import Linux
import Spool
import Synchronization
import TestSupport
import Testing

@Suite struct JobIdentityTests {
    private let sandbox: SpoolSandbox
    private let window = Duration.seconds(1000)
    private var root: SpoolRoot { sandbox.root }
    private var claim: Claim {
        Claim(
            root: root, settling: Settling(quietTime: .zero), parse: SpoolSandbox.parse,
            duplicateWindow: window,
            now: { [time = sandbox.time] in time.now })
    }

    init() throws { sandbox = try SpoolSandbox() }

    /// Drops a file of the id `x` and says what came of its claim.
    private func outcome(of name: FileName, _ text: String = "{copy#x}") async throws -> String {
        try sandbox.drop(name, text)
        switch try claim.claim(name, in: root[.inbox]) {
        case .job(let session, _):
            try session.update()
            return "job"
        case .invalid(_, let failure): return failure.code
        case .unfinished(_, let failure): return "unfinished: \(failure)"
        case .lost: return "lost"
        case .gone: return "gone"
        }
    }

    /// An id is its user's own: nobody can keep others from theirs.
    @Test func twoUsersMayUseTheSame() async throws {
        let first = try await sandbox.session("a.json", "{copy}").id
        let second = try await sandbox.session("b.json", "{copy}").id
        let identity = JobIdentity(root: root, window: window)
        func take(_ session: SessionID, by owner: UInt32) throws -> String? {
            try identity.take("x", of: owner, for: session, job: "j", at: sandbox.time.now)?.code
        }
        #expect(try take(first, by: 1) == nil)
        #expect(try take(second, by: 2) == nil)
        #expect(try take(second, by: 1) == "duplicate")
        #expect(try take(first, by: 2) == "duplicate")
        #expect(try sandbox.list("state/ids").count == 2)
    }

    /// An entry of the time when ids were everybody's keeps out its session's owner, whose job it is by
    /// its record, and everybody if that does not say.
    @Test(arguments: [nil, 1] as [UInt32?]) func anEntryOfAnEarlierVersionCounts(_ owner: UInt32?)
        async throws
    {
        let old = try await sandbox.session("a.json", "{copy#x}")
        let new = try await sandbox.session("b.json", "{copy}").id
        try old.update { $0.owner = owner }
        let name = try #require(try sandbox.list("state/ids").first)
        let text = try #require(sandbox.text("state/ids/\(name)"))
        try sandbox.remove("state/ids/\(name)")
        let legacy = text.split(separator: "\n").filter { !$0.contains("owner") }
            .joined(separator: "\n").replacing(",\n}", with: "\n}")
        try sandbox.write(legacy, to: "state/ids/\(name.prefix(64))")
        let identity = JobIdentity(root: root, window: window)
        func take(_ session: SessionID, by user: UInt32) throws -> String? {
            try identity.take("x", of: user, for: session, job: "j", at: sandbox.time.now)?.code
        }
        #expect(try take(new, by: 1) == "duplicate")
        if owner == nil { #expect(try take(new, by: 2) == "duplicate") }
        #expect(try take(old.id, by: 1) == nil)
        if owner != nil { #expect(try take(new, by: 2) == nil) }
    }

    @Test func ofManyAtOnceOneIsMade() async throws {
        let names = (1...30).map { FileName("\($0).json") }
        for name in names { try sandbox.drop(name, "{copy#x}") }
        let results = try await withThrowingTaskGroup(of: Claim.Result.self) { group in
            for name in names {
                // A thread for each, so that they do come at once.
                group.addTask(executorPreference: BlockingExecutor.shared) {
                    try claim.claim(name, in: sandbox.root[.inbox])
                }
            }
            var all: [Claim.Result] = []
            for try await result in group { all.append(result) }
            return all
        }
        var made: [Session] = []
        var refusals: [Failure] = []
        for result in results {
            switch result {
            case .job(let session, _): made.append(session)
            case .invalid(_, let failure): refusals.append(failure)
            default: Issue.record("\(result)")
            }
        }
        let first = try #require(made.first)
        #expect(made.count == 1 && refusals.count == 29)
        let record = first.record
        #expect(record.id == "x")
        for refusal in refusals {
            #expect(refusal.code == "duplicate")
            #expect(refusal.cause.contains("'\(record.job)' (\(first.id))"), "\(refusal)")
            #expect(refusal.cause.contains("is active"))
        }
    }

    /// The look and the entry are one, whoever comes in between: each of these ids is wanted by several
    /// sessions in the same moment.
    @Test func ofSeveralInTheSameMomentOneGetsIt() async throws {
        let names = (1...4).map { FileName("\($0).json") }
        var sessions: [SessionID] = []
        for name in names { sessions.append(try await sandbox.session(name, "{copy}").id) }
        let identity = JobIdentity(root: root, window: window)
        let now = sandbox.time.now
        for round in 1...50 {
            let meeting = Meeting(sessions.count)
            let refusals = try await withThrowingTaskGroup(of: Failure?.self) { group in
                for session in sessions {
                    group.addTask(executorPreference: BlockingExecutor.shared) {
                        meeting.wait()
                        return try identity.take(
                            "\(round)", of: 7, for: session, job: "a.json", at: now)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(refusals.count { $0 == nil } == 1, "round \(round)")
        }
    }

    /// Lets nobody go on before all have come.
    private final class Meeting: Sendable {
        private let missing: Atomic<Int>

        init(_ count: Int) { missing = Atomic(count) }

        func wait() {
            missing.subtract(1, ordering: .sequentiallyConsistent)
            while missing.load(ordering: .sequentiallyConsistent) > 0 { sched_yield() }
        }
    }

    @Test(arguments: [SpoolDirectory.active, .deferred, .held])
    func aJobThatWaitsOrRunsKeepsItsIDForAnyTime(_ state: SpoolDirectory) async throws {
        #expect(try await outcome(of: "a.json") == "job")
        let file = try #require(try sandbox.list("active").first)
        if state != .active {
            try sandbox.move("active/\(file)", to: "\(state.rawValue)/\(file)")
        }
        sandbox.time.advance(by: window * 10)
        #expect(try await outcome(of: "b.json") == "duplicate")
        #expect(try await outcome(of: "c.json", "{copy#y}") == "job")
    }

    @Test func aJobThatIsDoneKeepsItForTheWindow() async throws {
        try await sandbox.ended("a.json", as: .done, "{copy#x}")
        sandbox.time.advance(by: window - .seconds(1))
        #expect(try await outcome(of: "b.json") == "duplicate")
        sandbox.time.advance(by: .seconds(1))
        #expect(try await outcome(of: "c.json") == "job")
    }

    @Test func aJobThatFailedKeepsNobodyOut() async throws {
        try await sandbox.ended("a.json", as: .failed, "{copy#x}")
        #expect(try await outcome(of: "a.json") == "job")
    }

    @Test(arguments: [true, false])
    func whatIsGoneKeepsNobodyOut(_ sessionIsGone: Bool) async throws {
        #expect(try await outcome(of: "a.json") == "job")
        let file = try #require(try sandbox.list("active").first)
        try sandbox.remove("active/\(file)")
        if sessionIsGone { try sandbox.remove("outputs/\(file.dropLast(5))") }
        #expect(try await outcome(of: "b.json") == "job")
    }

    @Test func aDamagedEntryKeepsNobodyOut() async throws {
        #expect(try await outcome(of: "a.json") == "job")
        let entry = try #require(try sandbox.list("state/ids").first)
        try sandbox.write("{", to: "state/ids/\(entry)")
        #expect(try await outcome(of: "b.json") == "job")
    }

    /// A crash after the id is on record and before the session is whole.
    @Test func aClaimThatWasInterruptedIsNoDuplicateOfItself() async throws {
        #expect(try await outcome(of: "a.json") == "job")
        let file = try #require(try sandbox.list("active").first)
        let id = try #require(SessionID(file.dropLast(5)))
        try sandbox.move("outputs/\(id)", to: "outputs/.staging/\(id)")
        try sandbox.remove("outputs/.staging/\(id)/metadata/job.json")
        #expect(try await outcome(of: "b.json") == "duplicate")
        guard case .job(let session, let header) = try claim.resume(id) else {
            Issue.record("It was not taken for itself.")
            return
        }
        try session.update()
        #expect(session.id == id && header?.id == "x")
        guard case .job = try claim.resume(id) else {
            Issue.record("It was not taken for itself when it was whole.")
            return
        }
    }

    @Test func onlyEntriesThatKeepNobodyOutAreRemoved() async throws {
        try await sandbox.ended("done.json", as: .done, "{copy#done}")
        try await sandbox.ended("failed.json", as: .failed, "{copy#failed}")
        _ = try await sandbox.session("waits.json", "{copy#waits}")
        try sandbox.write("{", to: "state/ids/0000")
        for name in try root[.state].directory("ids").entries() {
            try root[.state].directory("ids").setModified(
                name, to: Int(sandbox.time.now.secondsSince1970))
        }
        let identity = JobIdentity(root: root, window: window)
        let young = sandbox.time.now
        #expect(try await identity.removeStale(at: young) { _ in } == 0)
        sandbox.time.advance(by: window)
        #expect(try await identity.removeStale(at: sandbox.time.now) { _ in } == 3)
        #expect(try sandbox.list("state/ids").count == 1)
        #expect(try await outcome(of: "b.json", "{copy#waits}") == "duplicate")
    }
}
