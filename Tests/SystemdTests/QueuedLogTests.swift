import Core
import Glibc
import Synchronization
import Systemd
import TestSupport
import Testing

@Suite struct QueuedLogTests {
    /// A pipe that is read, or not, by the test alone.
    private final class Pipe {
        let reader: Int32
        let writer: Int32

        init(flags: Int32 = 0) throws {
            var ends: [Int32] = [-1, -1]
            try #require(pipe2(&ends, O_CLOEXEC | flags) == 0)
            (reader, writer) = (ends[0], ends[1])
            _ = fcntl(reader, F_SETFL, O_NONBLOCK)
        }

        deinit {
            // The writer stays: a log's thread may be about to write, and would write into whatever
            // file has got its number.
            close(reader)
        }

        private var bytes: [UInt8] = []
        private var start = 0

        /// The next line, when it has come.
        func line() async throws -> String {
            let deadline = ContinuousClock.now + patience
            while true {
                if let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                    defer { start = end + 1 }
                    return String(decoding: bytes[start..<end], as: UTF8.self)
                }
                (bytes, start) = (Array(bytes[start...]), 0)
                var chunk = [UInt8](repeating: 0, count: 1 << 12)
                let count = read(reader, &chunk, chunk.count)
                bytes += chunk.prefix(max(0, count))
                if count > 0 { continue }
                try #require(ContinuousClock.now < deadline, "no line has come")
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    /// More than what waits, what its thread has in hand, and a pipe can hold.
    private static let flood = 50_000

    private static func event(_ number: Int) -> Event { Event(.jobDone, "Number \(number).") }

    @Test func keepsTheOrder() async throws {
        let pipe = try Pipe()
        let log = QueuedLog(StandardErrorLog(descriptor: pipe.writer))
        for number in 0..<1000 { log.record(Self.event(number)) }
        for number in 0..<1000 {
            let line = try await pipe.line()
            #expect(line.hasSuffix(" Number \(number)."))
        }
    }

    /// A disk that is full until so many events were refused.
    private final class FullDisk: DatedEventLog {
        private let state: Mutex<(refusals: Int, written: [String])>

        init(refusals: Int) { state = Mutex((refusals, [])) }

        var written: [String] { state.withLock { $0.written } }

        func record(_ event: Event, at time: Int) -> Bool {
            state.withLock { state in
                guard state.refusals == 0 else {
                    state.refusals -= 1
                    return false
                }
                state.written.append(event.message)
                return true
            }
        }
    }

    @Test func whatCannotBeWrittenIsCounted() {
        // The second to the fourth are refused as what is said of those before them.
        let disk = FullDisk(refusals: 4)
        let log = QueuedLog(disk)
        for number in 0..<6 { log.record(Self.event(number)) }
        log.finish(within: patience)
        #expect(
            disk.written == [
                "4 messages could not be written to the log.", "Number 4.", "Number 5.",
            ])
    }

    /// Whoever records more goes on, and what is lost is counted in its place.
    @Test func aReaderThatStallsHoldsNobodyUp() async throws {
        let pipe = try Pipe()
        let log = QueuedLog(StandardErrorLog(descriptor: pipe.writer))
        for number in 0..<Self.flood { log.record(Self.event(number)) }
        var (next, isLossTold) = (0, false)
        while next < Self.flood {
            let line = try await pipe.line()
            if line.hasSuffix(" messages were lost while the log's reader stalled.") {
                isLossTold = true
                next += try #require(line.split(separator: " ").compactMap { Int($0) }.first)
            } else {
                try #require(line.hasSuffix(" Number \(next)."))
                next += 1
            }
        }
        #expect(isLossTold && next == Self.flood)
    }

    @Test func writesWhatWaitsAtTheEnd() async throws {
        let pipe = try Pipe()
        let log = QueuedLog(StandardErrorLog(descriptor: pipe.writer))
        for number in 0..<100 { log.record(Self.event(number)) }
        log.finish(within: patience)
        // The pipe has room for all of it: nobody has to read for that.
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(pipe.reader, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        #expect(text.split(separator: "\n").count == 100)
    }

    @Test func theEndDoesNotWaitForAReaderThatStalls() throws {
        let pipe = try Pipe()
        let log = QueuedLog(StandardErrorLog(descriptor: pipe.writer))
        for number in 0..<Self.flood { log.record(Self.event(number)) }
        log.finish(within: .milliseconds(10))
    }

    /// A pipe is nonblocking for all who have it open, if one of them wants it so.
    @Test func losesNothingToANonblockingPipe() async throws {
        let pipe = try Pipe(flags: O_NONBLOCK)
        let log = QueuedLog(StandardErrorLog(descriptor: pipe.writer))
        for number in 0..<5000 { log.record(Self.event(number)) }
        for number in 0..<5000 {
            let line = try await pipe.line()
            try #require(line.hasSuffix(" Number \(number)."))
        }
    }
}
