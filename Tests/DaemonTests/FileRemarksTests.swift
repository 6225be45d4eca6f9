import Core
import Linux
import Spool
import TestSupport
import Testing

@testable import Daemon

@Suite struct FileRemarksTests {
    private let sandbox: SpoolSandbox
    private let start = ContinuousClock.now

    init() throws { sandbox = try SpoolSandbox() }

    private func failure(_ code: String) -> Failure {
        Failure(.permanent, code: code, operation: "take", subject: "it", cause: "a test")
    }

    private func note(
        _ remarks: inout FileRemarks, _ code: String = "unreadable", after seconds: Double = 0,
        isProblem: Bool = true
    ) throws -> Bool {
        let status = try #require(try sandbox.root[.inbox].status("a.json"))
        return remarks.note(
            "a.json",
            Inbox.Remark(failure: failure(code), status: status, isProblem: isProblem),
            at: Timestamp(secondsSince1970: 1000 + seconds), start + .seconds(seconds))
    }

    @Test func theSameIsSaidOnceUntilTheFileChangesAndThatIsAWhileAgo() throws {
        try sandbox.drop("a.json")
        var remarks = FileRemarks()
        var said = [try note(&remarks), try note(&remarks, after: 100)]
        #expect(said == [true, false])
        try sandbox.root[.inbox].setModified("a.json", to: 1)
        said = [
            try note(&remarks, after: 110), try note(&remarks, after: 120),
            try note(&remarks, after: 200),
        ]
        #expect(said == [true, false, false])
        try sandbox.root[.inbox].setModified("a.json", to: 2)
        said = [try note(&remarks, after: 130), try note(&remarks, after: 150)]
        #expect(said == [false, true], "not within half a minute, and then all the same")
        // Something else is wrong with it, or it is another file.
        #expect(try note(&remarks, "borrowed_file", after: 151))
        try sandbox.drop("b.json")
        _ = try sandbox.root[.inbox].remove("a.json")
        try sandbox.move("inbox/b.json", to: "inbox/a.json")
        #expect(try note(&remarks, "borrowed_file", after: 152))
    }

    @Test func whatIsNoProblemIsForThoseWhoAsk() throws {
        try sandbox.drop("a.json")
        var remarks = FileRemarks()
        #expect(try !note(&remarks, "pipeline_missing", isProblem: false))
        let shown = try #require(remarks.shown(10).first)
        #expect(shown.name == "a.json" && shown.reason.code == "pipeline_missing")
        #expect(shown.since == Timestamp(secondsSince1970: 1000))
    }

    @Test func itIsShownUntilItIsForgotten() throws {
        try sandbox.drop("a.json")
        var remarks = FileRemarks()
        _ = try note(&remarks)
        let version = remarks.version
        _ = try note(&remarks, after: 5)
        #expect(remarks.version == version, "nothing else is to be shown")
        #expect(remarks.shown(1).first?.since == Timestamp(secondsSince1970: 1000))
        remarks.forget("a.json")
        #expect(remarks.count == 0 && remarks.version != version && remarks.shown(1).isEmpty)
    }

    /// Whoever may drop files must not fill the daemon's memory, nor the log.
    @Test func noMoreAreRememberedThanThereAreToBe() throws {
        try sandbox.drop("a.json")
        let status = try #require(try sandbox.root[.inbox].status("a.json"))
        var remarks = FileRemarks()
        let remark = Inbox.Remark(failure: failure("not_a_job"), status: status)
        for number in 0..<FileRemarks.most {
            _ = remarks.note(FileName("\(number)"), remark, at: .now, start)
        }
        let isSaid = remarks.note("one more", remark, at: .now, start)
        #expect(!isSaid && remarks.count == FileRemarks.most)
        let again = remarks.note(
            "0", Inbox.Remark(failure: failure("x"), status: status), at: .now, start)
        #expect(again)
    }
}
