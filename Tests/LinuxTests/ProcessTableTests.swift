import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite struct ProcessTableTests {
    private let sandbox = ChildProcessSandbox()
    private let name = "REELD_TEST_MARK"

    private func start(
        _ script: String, mark: String
    ) async throws -> Task<ChildProcess.Result, any Error> {
        var command = sandbox.shell(script)
        command.environment = ["A": "b", name: mark, "PATH": "/usr/bin:/bin"]
        return try await sandbox.start(command)
    }

    private func killAllMarked() -> ProcessTable.Outcome {
        ProcessTable.killAll(patience: patience) {
            ProcessTable.values(of: name, in: $0) == [sandbox.path]
        }
    }

    @Test func findsAMarkAndNothingLikeIt() async throws {
        let mark = "\(sandbox.path) = ü"
        let task = try await start("echo up >up; exec sleep 1000", mark: mark)
        let found = ProcessTable.pids(withEnvironment: name, mark)
        #expect(found.count == 1)
        for other in [String(mark.dropLast()), mark + "x", ""] {
            #expect(ProcessTable.pids(withEnvironment: name, other).isEmpty)
        }
        #expect(ProcessTable.pids(withEnvironment: "TEST_MARK", mark).isEmpty)
        task.cancel()
        #expect(try await task.value.ending == .signalled(SIGTERM))
        #expect(ProcessTable.pids(withEnvironment: name, mark).isEmpty)
    }

    /// setsid(1) takes it out of reach of its parent's process group.
    @Test func killsThoseThatLeftTheirGroup() async throws {
        let script = """
            trap '' TERM HUP
            setsid sh -c 'trap "" TERM HUP; sleep 1000 & echo up >up; while :; do sleep 1000; done' &
            while :; do sleep 1000; done
            """
        let task = try await start(script, mark: sandbox.path)
        let outcome = killAllMarked()
        #expect(outcome.killed.count >= 3 && outcome.remaining.isEmpty)
        #expect(ProcessTable.pids(withEnvironment: name, sandbox.path).isEmpty)
        #expect(try await task.value.ending == .signalled(SIGKILL))
    }

    @Test func isDoneAtOnceWhenThereIsNone() {
        let outcome = killAllMarked()
        #expect(outcome == .init())
    }

    @Test func findsThisProcessToo() throws {
        let path = try #require(getenv("PATH").map { String(cString: $0) })
        #expect(ProcessTable.pids(withEnvironment: "PATH", path).contains(getpid()))
    }
}
