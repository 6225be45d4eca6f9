import Glibc
import TestSupport
import Testing

@testable import Linux

/// What a child says: how much of it is kept, and that nobody waits for it.
@Suite struct ChildProcessLogTests {
    private let sandbox = ChildProcessSandbox()

    private func command(_ script: String, log: Int) -> ChildProcess.Command {
        var command = sandbox.shell(script)
        command.standardOutput = nil
        command.limits.log = log
        return command
    }

    /// The child itself looks how long the log has become when it has said all but a pipe's worth.
    @Test func keepsTheBeginningAndTheEndOfAFlood() async throws {
        let flood = command(
            "echo the first; head -c 64000000 /dev/zero; wc -c <log >size; echo; echo the last",
            log: 4096)
        #expect(try await ChildProcess.run(flood).ending == .exited(0))
        let log = sandbox.read("log")
        #expect(log.hasPrefix("the first\n\0\0") && log.hasSuffix("\0\0\nthe last\n"))
        let omitted = 10 + 64_000_000 + 1 + 9 - 4096
        #expect(log.contains("\0\n[bytes left out here: \(omitted)]\n\0"))
        #expect(log.utf8.count == 4096 + "\n[bytes left out here: \(omitted)]\n".utf8.count)
        #expect(Int(sandbox.read("size").dropLast()) == 2048)
    }

    @Test(arguments: [(4096, 4096), (4097, 4096 + 26), (100, 100)])
    func leavesNothingOutThatFits(_ said: Int, _ kept: Int) async throws {
        let talk = command("head -c \(said) /dev/zero | tr '\\0' x", log: 4096)
        #expect(try await ChildProcess.run(talk).ending == .exited(0))
        let log = sandbox.read("log")
        #expect(log.utf8.count == kept)
        #expect(log.contains("\n[bytes left out here: 1]\n") == (said > 4096))
    }

    @Test func killsWhatNeverStopsTalking() async throws {
        var endless = command("trap '' TERM; while :; do echo more; done", log: 4096)
        endless.limits.output = 1 << 20
        let result = try await ChildProcess.run(endless)
        #expect(result.ending == .signalled(SIGKILL) && result.cause == .output)
        #expect(sandbox.read("log").utf8.count < 5000)
    }

    /// The child is not to suffer from a disk that is full; whoever started it is to know.
    @Test func saysThatTheLogCouldNotBeWritten() async throws {
        var talk = command("head -c 1000000 /dev/zero && echo up >done", log: 4096)
        talk.standardError = "/dev/full"
        let result = try await ChildProcess.run(talk)
        #expect(result.ending == .exited(0) && sandbox.read("done") == "up\n")
        #expect(result.logFailure == SystemError("write", "/dev/full", errno: ENOSPC))
    }

    /// A descendant out of reach holds the pipe open, and writes to it for ever.
    @Test(arguments: ["sleep 1000", "trap '' PIPE; while :; do echo more; done"])
    func doesNotWaitForWhoKeepsThePipe(_ script: String) async throws {
        var leave = command(
            "echo said; setsid sh -c \"$1\" &", log: 4096)
        leave.arguments += ["sh", script]
        leave.environment = ["PATH": "/usr/bin:/bin", "REELD_TEST_PIPE": sandbox.path]
        defer {
            _ = ProcessTable.killAll(patience: patience) {
                ProcessTable.values(of: "REELD_TEST_PIPE", in: $0) == [sandbox.path]
            }
        }
        let result = try await ChildProcess.run(leave)
        #expect(result.ending == .exited(0) && result.logFailure == nil)
        #expect(sandbox.read("log").hasPrefix("said\n"))
    }

    /// The limit is set when the child has already begun, so it waits for it.
    @Test func boundsTheFilesItWrites() async throws {
        var large = sandbox.shell(
            """
            until [ "$(ulimit -f)" = 200 ]; do :; done
            head -c 200000 /dev/zero >large; exit $?
            """)
        large.limits.file = 200 * 512
        // 128 and SIGXFSZ, as a shell tells it.
        #expect(try await ChildProcess.run(large).ending == .exited(128 + SIGXFSZ))
        var status = stat()
        #expect(stat("\(sandbox.path)/large", &status) == 0 && status.st_size == 200 * 512)
    }

    @Test func isKilledWhenTheInspectionSaysNo() async throws {
        var command = sandbox.shell("trap '' TERM; while :; do sleep 1000; done")
        command.inspection = { false }
        let result = try await ChildProcess.run(command)
        #expect(result.ending == .signalled(SIGKILL) && result.cause == .inspection)
        #expect(result.elapsed >= ChildProcess.firstInspection)
    }
}
