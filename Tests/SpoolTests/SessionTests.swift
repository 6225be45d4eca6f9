import Core
import Linux
import Spool
import TestSupport
import Testing

@Suite struct SessionTests {
    private let sandbox: SpoolSandbox
    private let session: Session

    init() async throws {
        sandbox = try SpoolSandbox()
        session = try await sandbox.session()
    }

    private func onDisk() throws -> SessionRecord { try .read(from: session.directory) }

    @Test func whatIsInMemoryIsOnDisk() async throws {
        for number in 1...5 {
            try session.update { $0.starts = number }
            let record = session.record
            #expect(try onDisk() == record)
            #expect(record.starts == number)
        }
        let again = try Session.open(session.id, in: sandbox.root)
        #expect(again.record == session.record)
    }

    @Test func noConcurrentUpdateIsLost() async throws {
        try await withThrowingTaskGroup { group in
            for _ in 1...50 { group.addTask { try session.update { $0.starts += 1 } } }
            try await group.waitForAll()
        }
        #expect(session.record.starts == 50)
        #expect(try onDisk().starts == 50)
    }

    @Test func whatCannotBeWrittenIsNotBelieved() async throws {
        let before = session.record
        // No file can be made any more in a directory that is gone.
        let metadata = "outputs/\(session.id)/metadata"
        try sandbox.remove(metadata)
        let error = #expect(throws: Failure.self) {
            try session.update { $0.starts = 9 }
        }
        #expect(error?.operation == "record the progress of")
        #expect(session.record == before)
    }

    @Test func aFreshWorkDirectoryIsEmpty() throws {
        let first = try session.freshWorkDirectory(step: "cut")
        try first.make("directory")
        try first.write([1], to: "file")
        #expect(try session.freshWorkDirectory(step: "cut").entries().isEmpty)
        #expect(first.path.hasSuffix(Session.workPlace(step: "cut")))
    }

    @Test func knowsWhatIsToBePublished() {
        let place = Session.publicationPlace(step: "cut", file: "a.mp4")
        #expect(Session.publishedName(of: place) == "a.mp4")
        #expect(Session.publishedName(of: "audio/cut/a.mp4") == nil)
        #expect(Session.publishedName(of: "audio/a.wav") == nil)
    }

    @Test func removesOnlyTheWork() throws {
        try session.freshWorkDirectory(step: "cut").write([1], to: "a")
        try session.removeWork()
        #expect(try sandbox.list("outputs/\(session.id)") == Session.directories.sorted())
        try session.removeWork()
    }
}
