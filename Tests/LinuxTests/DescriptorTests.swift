import Core
import Glibc
import Linux
import TestSupport
import Testing

@Suite struct DescriptorTests {
    private let temporary = TemporaryDirectory()
    private let directory: Directory

    init() throws { directory = try Directory(path: temporary.path) }

    @Test func closesWhenItGoesAway() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0)
        defer { close(ends[0]) }
        do {
            let writer = Descriptor(owning: ends[1], subject: "the pipe")
            try writer.write([5])
        }
        let reader = Descriptor(owning: dup(ends[0]), subject: "the pipe")
        // A child that another test is just starting may hold the other end a little longer.
        var bytes: [UInt8]?
        while bytes == nil { bytes = try? reader.read(limit: 10) }
        #expect(bytes == [5])
    }

    @Test func writesAndReadsMoreThanAnyChunk() throws {
        let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try directory.open("a", O_WRONLY | O_CREAT).write(bytes)
        #expect(try directory.open("a", O_RDONLY).read(limit: 2_000_000) == bytes)
        #expect(try directory.open("a", O_RDONLY).read(limit: 70_000) == Array(bytes[..<70_000]))
        #expect(try directory.open("a", O_RDONLY).read(limit: 0).isEmpty)
        var chunks: [UInt8] = []
        try directory.open("a", O_RDONLY).readChunks(size: 10) { chunks += $0 }
        #expect(chunks == bytes)
    }

    @Test func tellsWhetherAnybodyHasAFileOpenForWriting() throws {
        try directory.write([1], to: "a")
        let reader = try directory.open("a", O_RDONLY)
        do {
            let writer = try directory.open("a", O_WRONLY)
            #expect(reader.hasNoWriter() == false)
            _ = writer.number
        }
        while reader.hasNoWriter() == false { sched_yield() }
        #expect(reader.hasNoWriter() == true)
        // The lease was given back: writers do not have to break it.
        _ = try directory.open("a", O_WRONLY)
        #expect(fcntl(reader.number, F_GETLEASE) == F_UNLCK)
    }

    @Test func aFIFOHasNoLeases() throws {
        mkfifo("\(temporary.path)/fifo", 0o600)
        #expect(try directory.open("fifo", O_RDONLY).hasNoWriter() == nil)
    }

    @Test func failuresNameTheFile() throws {
        try directory.write([1], to: "a")
        let error = #expect(throws: SystemError.self) {
            try directory.open("a", O_RDONLY).write([1])
        }
        #expect(error == SystemError("write", "\(temporary.path)/a", errno: EBADF))
    }
}
