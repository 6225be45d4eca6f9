import Glibc
import TestSupport
import Testing

@testable import Linux

/// Each test is a process of its own, whose limits are its own too.
@Suite struct LineageTests {
    @Test func isHandedDownWhateverOneDoesAndToNobodyElse() async {
        await #expect(processExitsWith: .success) {
            let (before, after) = (ChildProcessSandbox(), ChildProcessSandbox())
            let script = """
                stay='echo $$ >pid; echo up >up; exec sleep 1000'
                env -i /usr/bin/setsid /bin/sh -c "$stay" &
                wait
                """
            func start(_ sandbox: ChildProcessSandbox) async throws -> pid_t {
                var command = sandbox.shell(script)
                command.environment = ["PATH": "/usr/bin:/bin"]
                _ = try await sandbox.start(command)
                return pid_t(sandbox.read("pid").dropLast()) ?? 0
            }
            let stranger = try await start(before)
            let own = try #require(Lineage.begin())
            let child = try await start(after)
            precondition(Lineage(of: child) == own && Lineage(of: getpid()) == own)
            precondition(Lineage(of: stranger) != nil && Lineage(of: stranger) != own)
            precondition(Lineage.begin() != own)
            for pid in [stranger, child] { kill(pid, SIGKILL) }
        }
    }

    @Test func isNobodysWhereThereIsNoProcess() { #expect(Lineage(of: 0) == nil) }
}
