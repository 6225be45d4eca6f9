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
        for name in ["a.json", "\(session.id)", "\(session.id).json"] as [FileName] {
            let found = try JobSummary.all(in: sandbox.root, named: .init(name))
            #expect(found.map(\.name) == ["a.json"], "\(name.display)")
        }
        let all = try JobSummary.all(in: sandbox.root, [.active])
        #expect(all.map(\.name) == ["a.json"] && all.first?.directory == nil)
    }

    /// What one name means is what all of a list have of it.
    @Test func aNameMeansAllThatHaveItAndNothingElse() async throws {
        let first = try await sandbox.session("a.json")
        let second = try await sandbox.session("a.json")
        try sandbox.move("active/\(second.id).json", to: "deferred/\(second.id).json")
        _ = try await sandbox.session("b.json")
        try sandbox.drop("a.json")
        try sandbox.write("{}", to: "done/a.json")
        try sandbox.write("{}", to: "done/a~2.json")
        try sandbox.write("{}", to: "rejected/a.json")
        let all = try JobSummary.all(in: sandbox.root, Set(SpoolDirectory.jobStates))
        for name in ["a.json", "a~2.json", "b.json", "c.json"] as [FileName] {
            let named = try JobSummary.all(in: sandbox.root, named: .init(name))
            let expected = all.filter { $0.name == name.display }
            #expect(Set(named) == Set(expected) && named.count == expected.count)
        }
        let byID = try JobSummary.all(in: sandbox.root, named: .session(first.id))
        #expect(byID == all.filter { $0.session == first.id } && byID.count == 1)
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
            try JobSummary.all(in: sandbox.root, named: .file("a.json")).first?.obstacle?.code
        }
        #expect(try obstacle() == "unreadable")
        try sandbox.root[.inbox].setModified("a.json", to: 1)
        #expect(try obstacle() == nil)
    }
}
