import Core
import Linux
import Spool
import TestSupport
import Testing

@Suite struct ArchiveTests {
    private let sandbox: SpoolSandbox
    private let archive: Archive

    init() throws {
        sandbox = try SpoolSandbox()
        archive = Archive(root: sandbox.root)
    }

    /// Files a job of a session with this number; its text is the session's id.
    @discardableResult
    private func file(
        _ number: Int, as name: FileName, state: SpoolDirectory = .done
    ) async throws -> FileName? {
        let id = SessionID(at: number, JobHandle(0))
        let active: FileName = "\(id).json"
        try sandbox.root[.active].write(Array(id.description.utf8), to: active)
        return try archive.file(
            active, of: sandbox.root[.active], droppedAs: name, receipt(id, name, state))
    }

    private func receipt(_ id: SessionID, _ name: FileName, _ state: SpoolDirectory) -> Receipt {
        let record = SessionRecord(
            session: id, job: name.display, header: JobHeader(pipeline: "copy"),
            arrived: sandbox.time.now, claimed: sandbox.time.now)
        return Receipt(record, .init(state: state, finished: sandbox.time.now))
    }

    @Test(arguments: [SpoolDirectory.done, .failed, .rejected])
    func putsTheReceiptBesideTheFile(_ state: SpoolDirectory) async throws {
        #expect(try await file(1, as: "a.json", state: state) == "a.json")
        #expect(try sandbox.list(state.rawValue) == ["a.json", "a.json.receipt"])
        #expect(try sandbox.list("active").isEmpty)
        #expect(try sandbox.list("state").isEmpty)
        let receipt = try sandbox.receipt("\(state.rawValue)/a.json.receipt")
        #expect(receipt.session == SessionID(at: 1, JobHandle(0)))
        #expect(receipt.state == state && receipt.job == "a.json")
    }

    @Test func oneNameManyTimesAtOnceGetsNumbersAndItsOwnReceipts() async throws {
        let names = try await withThrowingTaskGroup(of: FileName?.self) { group in
            for number in 1...60 { group.addTask { try await file(number, as: "a.json") } }
            var names: Set<String> = []
            for try await name in group { names.insert(name?.display ?? "none") }
            return names
        }
        let expected = ["a.json"] + (2...60).map { "a~\($0).json" }
        #expect(names == Set(expected))
        #expect(try sandbox.list("done") == (expected + expected.map { "\($0).receipt" }).sorted())
        var sessions: Set<String> = []
        for name in expected {
            let session = try sandbox.receipt("done/\(name).receipt").session?.description
            #expect(session == sandbox.text("done/\(name)"))
            sessions.insert(session ?? "none")
        }
        #expect(sessions.count == 60)
    }

    @Test func namesOf255BytesKeepRoomForTheReceipt() async throws {
        let long = FileName(String(repeating: "ä", count: 125) + ".json")
        #expect(long.bytes.count == 255)
        for number in 1...3 {
            let name = try #require(try await file(number, as: long))
            #expect(name.text != nil && name.hasSuffix(".json"))
            #expect(
                try sandbox.receipt("done/\(name.display).receipt").session?.description
                    == sandbox.text("done/\(name.display)"))
        }
        #expect(try sandbox.list("done").count == 6)
    }

    @Test func foreignFilesAreNeverOverwritten() async throws {
        try sandbox.write("foreign", to: "failed/a.json")
        try sandbox.make("failed/a~2.json")
        #expect(try await file(1, as: "a.json", state: .failed) == "a~3.json")
        #expect(sandbox.text("failed/a.json") == "foreign")
        #expect(sandbox.text("failed/a.json.receipt") == nil)
    }

    @Test func filingTwiceIsHarmless() async throws {
        try await file(1, as: "a.json")
        let id = SessionID(at: 1, JobHandle(0))
        let again = try archive.file(
            "\(id).json", of: sandbox.root[.active], droppedAs: "a.json",
            receipt(id, "a.json", .done))
        #expect(again == nil)
        #expect(try sandbox.list("done") == ["a.json", "a.json.receipt"])
    }

    @Test func afterACrashBetweenReceiptAndRenameTheSameNameIsUsed() async throws {
        try sandbox.write("{}", to: "done/a.json.receipt")
        #expect(try await file(1, as: "a.json") == "a.json")
        #expect(
            try sandbox.receipt("done/a.json.receipt").session == SessionID(at: 1, JobHandle(0)))
    }

    /// What is in the way of a receipt keeps no job from its end.
    @Test func aDirectoryInPlaceOfTheReceiptIsStoodAside() async throws {
        try sandbox.write("foreign", to: "failed/a.json.receipt/x")
        #expect(try await file(1, as: "a.json", state: .failed) == "a~2.json")
        #expect(try sandbox.receipt("failed/a~2.json.receipt").state == .failed)
        #expect(try !archive.removeStaleReceipt(of: "a.json", in: .failed))
        #expect(sandbox.text("failed/a.json.receipt/x") == "foreign")
        #expect(try sandbox.list("state") == [])
    }

    /// Nothing is filed for what cannot be moved; here a directory cannot be moved into itself.
    @Test func whatCannotBeMovedLeavesNoReceipt() async throws {
        for _ in 1...2 {
            let error = #expect(throws: Failure.self) {
                try archive.file(
                    "rejected", of: sandbox.root.directory, droppedAs: "a.json",
                    receipt(SessionID(at: 1, JobHandle(0)), "a.json", .rejected))
            }
            #expect(error?.operation == "file a.json under rejected/:", "\(error?.message ?? "")")
        }
        #expect(try sandbox.list("rejected") == [] && sandbox.list("state") == [])
    }

    @Test func filesNamesThatAreNotUTF8AndDirectories() async throws {
        let name = try #require(FileName(bytes: [0xFF] + Array(".json".utf8)))
        try sandbox.root[.inbox].make(name)
        let failure = Failure(
            .permanent, code: "bad_name", operation: "accept", subject: name.display, cause: "no")
        let filed = try archive.file(
            name, of: sandbox.root[.inbox], droppedAs: name,
            Receipt(rejecting: name, because: failure, arrived: nil, at: sandbox.time.now))
        #expect(filed == name)
        #expect(try sandbox.list("rejected") == ["\\xff.json", "\\xff.json.receipt"])
    }
}
