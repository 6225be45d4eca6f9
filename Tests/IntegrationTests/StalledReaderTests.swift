import Glibc
import TestSupport
import Testing

/// Whoever reads the log may stall, as a stopped log shipper does. That is no concern of the jobs.
@Suite struct StalledReaderTests {
    @Test func jobsGoOnAndTheDaemonStops() async throws {
        let house = try House()
        let pipe = "\(house.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        // Both ends, or to open one of them would wait for the other.
        let reader = open(pipe, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        _ = fcntl(reader, F_SETPIPE_SZ, 4096)
        var filler = [UInt8](repeating: UInt8(ascii: "\n"), count: 512)
        while write(reader, &filler, filler.count) > 0 {}
        let daemon = try house.launch(
            prefix: ["/bin/sh", "-c", "exec \"$@\" 2>\"$0\"", pipe])
        try await house.eventually("it makes its inbox") {
            house.names(in: "").contains("inbox")
        }
        for number in 0..<20 { try house.drop("\(number).json") }
        for number in 0..<20 { try await house.ended("\(number).json") }
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
    }
}
