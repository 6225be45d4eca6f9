import Core
import Linux
import Spool
import TestSupport
import Testing

@Suite struct JobSummaryTests {
    private let sandbox: SpoolSandbox

    init() throws { sandbox = try SpoolSandbox() }

    /// From its first moment: before its session is where it will be found.
    @Test func aClaimedJobHasTheNameItWasDroppedUnder() async throws {
        try sandbox.drop("a.json")
        guard
            case .job(let session, _) = try sandbox.claim().claim(
                "a.json", in: sandbox.root[.inbox])
        else { throw Unexpected(what: "it is no job") }
        #expect(session.isStaged)
        for name in ["a.json", "\(session.id)", "\(session.id).json"] {
            let matches = try JobFinder(root: sandbox.root).find(name)
            let found = try matches.map { try JobSummary.of($0.found, in: sandbox.root)?.name }
            #expect(found == ["a.json"], "\(name)")
        }
        let all = try JobSummary.all(in: sandbox.root, [.active])
        #expect(all.map(\.name) == ["a.json"] && all.first?.directory == nil)
    }

    /// What was said of a file counts as long as the file is what it was then.
    @Test func aWordAboutAFileThatHasChangedIsNotRepeated() throws {
        try sandbox.drop("a.json")
        let status = try #require(try sandbox.root[.inbox].status("a.json"))
        let failure = Failure(
            .permanent, code: "unreadable", operation: "read", subject: "a", cause: "a test")
        var snapshot = DaemonSnapshot()
        snapshot.files = [
            .init(
                name: "a.json", changed: status.changed, since: .distantPast,
                reason: Obstacle(failure))
        ]
        #expect(snapshot.write(in: sandbox.root))
        func obstacle() throws -> String? {
            try JobSummary.all(in: sandbox.root, [.inbox]).first?.obstacle?.code
        }
        #expect(try obstacle() == "unreadable")
        try sandbox.root[.inbox].setModified("a.json", to: 1)
        #expect(try obstacle() == nil)
    }
}
