import Glibc
import TestSupport
import Testing

@testable import Linux

/// Children that do not end by themselves.
@Suite struct ChildProcessEndTests {
    private let sandbox = ChildProcessSandbox()

    @Test func endsAtItsTimeoutBySIGTERM() async throws {
        var command = sandbox.shell("exec sleep 1000")
        command.timeout = .milliseconds(50)
        let result = try await ChildProcess.run(command)
        #expect(result.ending == .signalled(SIGTERM) && result.timedOut && !result.cancelled)
        #expect(result.elapsed >= .milliseconds(50))
    }

    @Test func mayEndInItsOwnWayWithinTheGrace() async throws {
        let task = try await sandbox.start(
            sandbox.shell(
                "trap 'echo bye; exit 9' TERM; echo up >up; while :; do sleep 0.01; done"))
        task.cancel()
        let result = try await task.value
        #expect(result.ending == .exited(9) && result.cancelled && !result.timedOut)
        #expect(sandbox.read("out") == "bye\n")
    }

    /// One that was stopped is continued, and dies of the SIGTERM that waits for it.
    @Test(arguments: [
        ("trap '' TERM; echo up >up; while :; do sleep 1000; done", SIGKILL),
        ("echo up >up; kill -STOP $$; sleep 1000", SIGTERM),
    ])
    func endsWhatIgnoresSIGTERMOrIsStopped(_ script: String, _ signal: Int32) async throws {
        var command = sandbox.shell(script)
        command.grace = signal == SIGKILL ? .milliseconds(50) : command.grace
        let task = try await sandbox.start(command)
        task.cancel()
        let result = try await task.value
        #expect(result.ending == .signalled(signal) && result.cancelled && !result.timedOut)
    }

    @Test func killsAtOnceWithoutAnyTimeOrGrace() async throws {
        var command = sandbox.shell("trap '' TERM; sleep 1000")
        command.timeout = .zero
        command.grace = .zero
        let result = try await ChildProcess.run(command)
        #expect(result.timedOut && result.ending != .exited(0))
    }

    @Test func toleratesAnEndlessTimeout() async throws {
        var command = sandbox.shell("exit 4")
        command.timeout = .seconds(Int64.max)
        #expect(try await ChildProcess.run(command).ending == .exited(4))
    }

    /// The members hold a FIFO open; its reader sees the end of it when all of them are gone.
    @Test(arguments: [
        ("exit 5", ChildProcess.Ending.exited(5)),
        ("while :; do sleep 1000; done", .signalled(SIGKILL)),
    ])
    func leavesNoMemberOfItsGroup(_ last: String, _ ending: ChildProcess.Ending) async throws {
        let fifo = "\(sandbox.path)/held"
        mkfifo(fifo, 0o600)
        let reader = open(fifo, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        var command = sandbox.shell(
            """
            trap '' TERM HUP
            (exec 3>held; (sleep 1000)& echo up >up; sleep 1000; sleep 1000)&
            read line <go
            \(last)
            """)
        command.grace = .milliseconds(50)
        mkfifo("\(sandbox.path)/go", 0o600)
        let go = open("\(sandbox.path)/go", O_RDWR)
        let task = try await sandbox.start(command)
        #expect(write(go, "\n", 1) == 1)
        if case .signalled = ending { task.cancel() }
        #expect(try await task.value.ending == ending)
        close(go)
        #expect(sandbox.waitsForHangUp(reader))
    }

    /// Whether the cancellation comes before the start or soon after it, the result is the same.
    @Test(arguments: 0..<20) func cancellationEndsIt(_ round: Int) async throws {
        let command = sandbox.shell("exec sleep 1000")
        let task = Task { try await ChildProcess.run(command) }
        for _ in 0..<round { await Task.yield() }
        task.cancel()
        let result = try await task.value
        #expect(result.ending == .signalled(SIGTERM) && result.cancelled && !result.timedOut)
    }

    @Test func aCancelledTaskStartsNothing() async throws {
        let command = sandbox.shell("echo started")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await ChildProcess.run(command)
        }
        #expect(try await task.value.cancelled)
        #expect(access("\(sandbox.path)/out", F_OK) != 0)
    }

    @Test func leavesNoZombie() async throws {
        let result = try await ChildProcess.run(sandbox.shell("echo $$"))
        #expect(result.ending == .exited(0))
        let pid = try #require(pid_t(sandbox.read("out").dropLast()))
        #expect(waitpid(pid, nil, WNOHANG) == -1 && errno == ECHILD)
        #expect(kill(-pid, 0) == -1 && errno == ESRCH)
    }
}
