import CLinux
import Glibc
import TestSupport
import Testing

@testable import Linux

/// Descendants that left their process group. Each test is a process of its own: a subreaper adopts
/// the orphans of all that runs in it, and those that nobody reaps keep the tests that wait for a
/// process of theirs from seeing it.
@Suite struct ChildProcessOrphansTests {
    /// Those in the group, those in other sessions, with the environment and without, and one whose
    /// parent lives on beside it.
    @Test func areEndedWithWhatLeftThem() async {
        await #expect(processExitsWith: .success) {
            try ChildProcess.adoptOrphans()
            let sandbox = ChildProcessSandbox()
            let result = try await ChildProcess.run(
                sandbox.marked(
                    """
                    stay='trap "" TERM HUP; echo $$ >>pids; exec sleep 1000'
                    sh -c "$stay" &
                    setsid sh -c "$stay" >/dev/null 2>&1 &
                    (env -i /usr/bin/setsid /bin/sh -c "$stay" &)
                    (setsid sh -c "setsid sh -c '$stay' & $stay" &)
                    until [ "$(grep -c . pids)" = 5 ]; do sleep 0.01; done
                    exit 7
                    """))
            precondition(result.ending == .exited(7) && result.cause == nil)
            precondition(result.leftBehind == 5, "\(result)")
            precondition(sandbox.processes("pids").count == 5)
            sandbox.expectNoChildren()
        }
    }

    /// Neither those of a child that still runs, nor its own status.
    @Test func areLeftAloneWhileTheirChildRuns() async {
        await #expect(processExitsWith: .success) {
            try ChildProcess.adoptOrphans()
            let (long, short) = (ChildProcessSandbox(), ChildProcessSandbox())
            mkfifo("\(long.path)/go", 0o600)
            let go = open("\(long.path)/go", O_RDWR)
            let running = try await long.start(
                long.marked(
                    """
                    stay='trap "" TERM HUP; echo $$ >>pids; exec sleep 1000'
                    (setsid sh -c "$stay" &)
                    (env -i /usr/bin/setsid /bin/sh -c "$stay" &)
                    until [ "$(grep -c . pids)" = 2 ]; do sleep 0.01; done
                    echo up >up
                    read line <go
                    exit 9
                    """))
            for _ in 0..<20 {
                // One ends by itself; the other has left its group, or not yet.
                let result = try await ChildProcess.run(
                    short.marked("(setsid sleep 0 &); (setsid sleep 1000 &); exit 3"))
                precondition(result.ending == .exited(3) && result.leftBehind <= 2)
            }
            precondition(long.processes("pids").allSatisfy { kill($0, 0) == 0 })
            precondition(write(go, "\n", 1) == 1)
            let result = try await running.value
            precondition(result.ending == .exited(9) && result.leftBehind == 2, "\(result)")
            long.expectNoChildren()
        }
    }

    /// What was started before this program was executed in its parent's place, or by others in a
    /// container whose first process it is, is nobody's: it lives on, with the mark of a tool and without,
    /// and when it ends it is reaped, though nothing else happens.
    @Test func strangersAreReapedAndNothingElse() async {
        await #expect(processExitsWith: .success) {
            let (other, own) = (ChildProcessSandbox(), ChildProcessSandbox())
            mkfifo("\(other.path)/go", 0o600)
            let go = open("\(other.path)/go", O_RDWR)
            let command = other.marked(
                """
                stay='echo $$ >>pids; exec sleep 1000'
                echo up >up
                read line <go
                (setsid sh -c "$stay" &)
                (env -i /usr/bin/setsid /bin/sh -c "$stay" &)
                until [ "$(grep -c . pids)" = 2 ]; do sleep 0.01; done
                """)
            let running = try await other.start(command)
            try ChildProcess.adoptOrphans()
            precondition(write(go, "\n", 1) == 1)
            let result = try await running.value
            precondition(result.ending == .exited(0) && result.leftBehind == 0, "\(result)")
            let strangers = other.processes("pids")
            for _ in 0..<3 {
                let result = try await ChildProcess.run(own.marked("(setsid sleep 1000 &)"))
                precondition(result.leftBehind <= 1)
            }
            precondition(strangers.count == 2 && strangers.allSatisfy { kill($0, 0) == 0 })
            precondition(Set(own.children()) == Set(strangers))
            for pid in strangers { kill(pid, SIGKILL) }
            let deadline = ContinuousClock.now + patience
            while !own.children().isEmpty {
                precondition(ContinuousClock.now < deadline)
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    /// Many that come and go do not stay as zombies, even while their child runs.
    @Test func areReapedMeanwhile() async {
        await #expect(processExitsWith: .success) {
            try ChildProcess.adoptOrphans()
            let sandbox = ChildProcessSandbox()
            mkfifo("\(sandbox.path)/go", 0o600)
            let go = open("\(sandbox.path)/go", O_RDWR)
            let command = sandbox.marked(
                """
                for i in 1 2 3 4 5 6 7 8 9; do (setsid sleep 0 &); done; echo up >up; read line <go
                """)
            let running = try await sandbox.start(command)
            // All but the child itself.
            let deadline = ContinuousClock.now + patience
            while sandbox.children().count != 1 {
                precondition(ContinuousClock.now < deadline)
                try await Task.sleep(for: .milliseconds(5))
            }
            precondition(write(go, "\n", 1) == 1)
            let result = try await running.value
            precondition(result.leftBehind == 0)
            sandbox.expectNoChildren()
        }
    }
}

extension ChildProcessSandbox {
    /// A shell command with a mark of its own.
    fileprivate func marked(_ script: String) -> ChildProcess.Command {
        var command = shell(script)
        command.environment = ["PATH": "/usr/bin:/bin", "MARK": "\(UInt64.random(in: 0 ... .max))"]
        command.standardOutput = nil
        command.mark = "MARK"
        return command
    }

    fileprivate func processes(_ name: String) -> [pid_t] {
        read(name).split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Not even zombies.
    fileprivate func expectNoChildren() {
        var ended = clinux_ended()
        let options = WEXITED | WNOHANG | WNOWAIT
        precondition(clinux_waitid(Int32(P_ALL.rawValue), 0, options, &ended) == -1)
        precondition(errno == ECHILD)
    }

    /// This process's children, those that wait to be reaped included.
    fileprivate func children() -> [pid_t] {
        guard let tasks = opendir("/proc/self/task") else { return [] }
        defer { closedir(tasks) }
        var all: [pid_t] = []
        while let entry = readdir(tasks) {
            let id = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let file = fopen("/proc/self/task/\(id)/children", "r") else { continue }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = fread(&bytes, 1, bytes.count, file)
            all += String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
                .compactMap { pid_t($0) }
        }
        return all
    }
}
