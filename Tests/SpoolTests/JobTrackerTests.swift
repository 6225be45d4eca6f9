import Core
import Linux
import Spool
import TestSupport
import Testing

@Suite struct JobTrackerTests {
    private let sandbox: SpoolSandbox

    init() throws { sandbox = try SpoolSandbox() }

    /// Those that came after it are begun before it is looked for again.
    @Test func aJobIsNotTakenForALaterOneOfItsName() async throws {
        try sandbox.drop("a.json")
        let match = try #require(
            try JobFinder(root: sandbox.root).find("a.json").first)
        var tracker = JobTracker(match, in: sandbox.root)
        #expect(try tracker.look() == .waiting(.inbox))
        var sessions: [SessionID] = []
        for _ in 0..<20 {
            if !sessions.isEmpty { try sandbox.drop("a.json") }
            let result = try sandbox.claim().claim("a.json", in: sandbox.root[.inbox])
            guard case .job(let session, _) = result else { throw Unexpected(what: "no job") }
            try session.update()
            sessions.append(session.id)
        }
        #expect(try tracker.look() == .claimed(sessions[0], .active))
    }

    /// As one that another user dropped is when it is parked.
    @Test func aCopyInItsPlaceIsTheSameJob() async throws {
        try sandbox.drop("a.json")
        let match = try #require(
            try JobFinder(root: sandbox.root).find("a.json").first)
        var tracker = JobTracker(match, in: sandbox.root)
        let result = try sandbox.claim().claim("a.json", in: sandbox.root[.inbox])
        guard case .job(let session, _) = result else { throw Unexpected(what: "no job") }
        try session.update()
        try sandbox.remove("active/\(session.id).json")
        try sandbox.write("{copy}", to: "deferred/\(session.id).json")
        #expect(try tracker.look() == .claimed(session.id, .deferred))
    }
}
