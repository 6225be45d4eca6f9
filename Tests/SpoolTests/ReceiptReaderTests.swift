import Core
import Glibc
import Linux
import TestSupport
import Testing

@testable import Spool

/// What others put beside a job's file says nothing about it, whoever reads it.
@Suite struct ReceiptReaderTests {
    private let sandbox: SpoolSandbox
    private var root: SpoolRoot { sandbox.root }

    init() throws { sandbox = try SpoolSandbox() }

    private func summaries() throws -> [String] {
        try JobSummary.all(in: root, Set(SpoolDirectory.jobStates)).map {
            "\($0.state.rawValue) \($0.name) \($0.session?.description ?? "-")"
        }
    }

    /// A file of one's own, with a receipt of one's own that names another's session.
    @Test(.enabled(if: getuid() == 0, "only root can give files away"))
    func aForgedReceiptIsNotBelieved() async throws {
        let session = try await sandbox.ended("good.json")
        var forged = try sandbox.receipt("done/good.json.receipt")
        forged.state = .failed
        forged.error = .init(code: "forged", message: "It is not.", stage: "x", hint: nil)
        let text = String(decoding: RecordFile.encode(forged), as: UTF8.self)
        try sandbox.write("{copy}", to: "failed/x.json")
        try sandbox.write(text, to: "failed/x.json.receipt")
        #expect(chown("\(sandbox.path)/failed/x.json.receipt", 61_001, .max) == 0)
        #expect(try summaries().sorted() == ["done good.json \(session)", "failed x.json -"])
        let jobs = try JobSummary.all(in: root, [.done, .failed])
        #expect(jobs.allSatisfy { $0.error == nil })

        let check = Check(
            root: root, identity: JobIdentity(root: root, window: .seconds(1)),
            now: { [time = sandbox.time] in time.now })
        let found = try await check.findings {}
        #expect(found.map(\.kind) == [.foreignReceipt] && found.first?.session == nil)
        _ = try await check.repair()
        #expect(try await check.findings {}.isEmpty)
        #expect(try sandbox.list("done") == ["good.json", "good.json.receipt"])
        #expect(sandbox.text("lost/failed/x.json.receipt") == text)
        #expect(try sandbox.receipt("failed/x.json.receipt").error?.code == "receipt_lost")
    }

    /// The daemon's own receipt in the wrong place: the session is shown where its record says.
    @Test func aSessionIsShownUnderTheJobOfItsOwnRecord() async throws {
        let session = try await sandbox.ended("good.json")
        try sandbox.write("{copy}", to: "failed/x.json")
        try sandbox.write(
            sandbox.text("done/good.json.receipt") ?? "", to: "failed/x.json.receipt")
        #expect(try summaries().sorted() == ["done good.json \(session)", "failed x.json -"])
        let lookup = JobLookup(root: root)
        #expect(lookup.sessionInReceipt(of: "x.json", in: .failed) == nil)
        #expect(lookup.sessionInReceipt(of: "good.json", in: .done) == session)
    }

    /// Two files that claim one session are two jobs, and neither hides the other.
    @Test func twoFilesOfOneSessionAreBothShown() async throws {
        let session = try await sandbox.ended("good.json")
        for name in ["good~2.json", "good~2.json.receipt"] {
            let original = name.replacing("~2", with: "")
            try sandbox.write(sandbox.text("done/\(original)") ?? "", to: "done/\(name)")
        }
        #expect(
            try summaries().sorted() == [
                "done good.json \(session)", "done good~2.json \(session)",
            ])
    }

    /// A second name is somebody's trick where others can make one, and a copy by hard links where nobody can.
    @Test func aReceiptWithTwoNamesIsBelievedWhereNobodyElseCanMakeOne() async throws {
        let session = try await sandbox.ended("good.json")
        let receipt = "\(sandbox.path)/done/good.json.receipt"
        #expect(link(receipt, "\(sandbox.path)/elsewhere") == 0)
        #expect(try summaries() == ["done good.json \(session)"])
        #expect(chmod("\(sandbox.path)/done", 0o2770) == 0)
        guard case .foreign = try ReceiptReader(root: root).read("good.json.receipt", in: .done)
        else { throw Unexpected(what: "a receipt that anybody may have linked") }
    }

    @Test func whatIsNoFileIsForeignAndWhatIsOfAnotherVersionStays() throws {
        try sandbox.make("done/a.json.receipt")
        #expect(mkfifo("\(sandbox.path)/done/b.json.receipt", 0o644) == 0)
        #expect(symlink("/dev/null", "\(sandbox.path)/done/c.json.receipt") == 0)
        let reader = ReceiptReader(root: root)
        for name in ["a", "b", "c"] {
            let reading = try reader.read(FileName("\(name).json.receipt"), in: .done)
            guard case .foreign = reading else { throw Unexpected(what: "\(name): \(reading)") }
        }
        try sandbox.write("{\"format\": 2, \"status\": \"fine\"}", to: "done/d.json.receipt")
        let reading = try reader.read("d.json.receipt", in: .done)
        guard case .unreadable(let failure) = reading else { throw Unexpected(what: "\(reading)") }
        #expect(failure.code == "record_newer" && failure.cause.contains("format 2"))
    }
}
