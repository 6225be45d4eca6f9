import Core
import Glibc
import Linux
import Spool
import TestSupport
import Testing

@Suite struct RejectionTests {
    private let sandbox: SpoolSandbox
    private let failure = Failure(
        .permanent, code: "invalid_spec", operation: "accept", subject: "a.json", cause: "no")

    init() throws { sandbox = try SpoolSandbox() }

    private func status(_ name: FileName) throws -> FileStatus {
        try #require(try sandbox.root[.inbox].status(name))
    }

    private func reject(_ name: FileName, _ judged: FileStatus) throws -> String {
        let rejection = Rejection(root: sandbox.root, archive: Archive(root: sandbox.root))
        let result = try rejection.reject(
            name, of: sandbox.root[.inbox], judgedAs: judged, because: failure,
            at: sandbox.time.now)
        switch result {
        case .filed(let name): return "filed \(name.display)"
        case .changed: return "changed"
        case .gone: return "gone"
        }
    }

    @Test func whatWasJudgedIsFiled() throws {
        try sandbox.drop("a.json", "no")
        #expect(try reject("a.json", status("a.json")) == "filed a.json")
        #expect(try sandbox.list("rejected") == ["a.json", "a.json.receipt"])
        #expect(try sandbox.receipt("rejected/a.json.receipt").times.arrived != nil)
        #expect(try sandbox.list("inbox").isEmpty)
    }

    @Test func whatHasTakenItsPlaceIsGivenBack() throws {
        try sandbox.drop("a.json", "no")
        let judged = try status("a.json")
        try sandbox.drop("a.json")
        #expect(try reject("a.json", judged) == "changed")
        #expect(try sandbox.list("rejected").isEmpty)
        #expect(sandbox.text("inbox/a.json") == "{copy}")
    }

    @Test func soIsWhatWasWrittenAgain() throws {
        try sandbox.write("no", to: "inbox/a.json")
        let judged = try status("a.json")
        try sandbox.write("{copy}", to: "inbox/a.json")
        #expect(try reject("a.json", judged) == "changed")
        #expect(try sandbox.list("inbox") == ["a.json"])
        #expect(try sandbox.list("rejected").isEmpty)
    }

    /// Another name or other permissions leave the faults as they are.
    @Test func otherPermissionsAreNoOtherFile() throws {
        try sandbox.drop("a.json", "no")
        let judged = try status("a.json")
        chmod("\(sandbox.path)/inbox/a.json", 0o600)
        #expect(try reject("a.json", judged) == "filed a.json")
    }

    @Test func whatIsGoneIsGone() throws {
        try sandbox.drop("a.json", "no")
        let judged = try status("a.json")
        try sandbox.remove("inbox/a.json")
        #expect(try reject("a.json", judged) == "gone")
        #expect(try sandbox.list("rejected").isEmpty)
    }
}
