import Glibc
import TestSupport
import Testing

@testable import Linux

/// A directory for a child to run in, and shell commands that do.
struct ChildProcessSandbox {
    private let directory = TemporaryDirectory()

    var path: String { directory.path }

    /// `sh -c script arguments…`, writing to `out` and `log`, with time enough for any machine.
    func shell(_ script: String, _ arguments: String...) -> ChildProcess.Command {
        ChildProcess.Command(
            "/bin/sh", ["-c", script] + arguments, workingDirectory: path,
            standardOutput: "\(path)/out", standardError: "\(path)/log", timeout: patience,
            grace: patience)
    }

    /// Runs a command that says `up` into a FIFO of that name when it is ready for the test to go on.
    func start(
        _ command: ChildProcess.Command
    ) async throws -> Task<ChildProcess.Result, any Error> {
        let fifo = "\(path)/up"
        mkfifo(fifo, 0o600)
        let reader = open(fifo, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let task = Task { try await ChildProcess.run(command) }
        try #require(wait(reader, POLLIN))
        return task
    }

    func read(_ name: String) -> String {
        guard let file = fopen("\(path)/\(name)", "r") else { return "(no \(name))" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    func expect(
        _ command: ChildProcess.Command, fails call: String, _ reason: Int32,
        at place: SourceLocation = #_sourceLocation
    ) async {
        do throws(SystemError) {
            let result = try await ChildProcess.run(command)
            Issue.record("It ran: \(result)", sourceLocation: place)
        } catch {
            #expect(error.call == call && error.errno == reason, sourceLocation: place)
        }
    }

    /// Whether a FIFO's writers all go away in time.
    func waitsForHangUp(_ reader: Int32) -> Bool { wait(reader, POLLHUP) }

    /// May block: there are threads enough.
    private func wait(_ reader: Int32, _ event: Int32) -> Bool {
        var entry = pollfd(fd: reader, events: Int16(event), revents: 0)
        let came = poll(&entry, 1, Int32(patience / .milliseconds(1))) == 1
        return came && entry.revents & Int16(event) != 0
    }
}
