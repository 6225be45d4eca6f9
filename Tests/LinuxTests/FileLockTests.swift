import Core
import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite struct FileLockTests {
    private let sandbox = ChildProcessSandbox()
    private let directory: Directory

    init() throws { directory = try Directory(path: sandbox.path) }

    @Test func isHeldUntilItIsReleased() throws {
        var lock: FileLock? = try FileLock.take("lock", in: directory).get()
        #expect(sandbox.read("lock") == "\(getpid())\n")
        #expect(throws: FileLock.Held(pid: Int(getpid()))) {
            try FileLock.take("lock", in: directory).get()
        }
        _ = lock
        lock = nil
        try takeWhenFree()
    }

    /// A child that another test is just starting may hold our descriptors a little longer.
    private func takeWhenFree() throws {
        let deadline = ContinuousClock.now + patience
        while true {
            switch try FileLock.take("lock", in: directory) {
            case .success: return
            case .failure(let held): if ContinuousClock.now > deadline { throw held }
            }
        }
    }

    @Test func saysWhichOtherProcessHoldsItUntilThatEnds() async throws {
        var command = sandbox.shell(
            "exec 9>lock; flock -n 9 || exit 1; echo $$ >lock; echo up >up; exec sleep 100")
        command.environment = ["PATH": "/usr/bin:/bin"]
        let holder = try await sandbox.start(command)
        let pid = try #require(Int(sandbox.read("lock").dropLast()))
        #expect(pid != Int(getpid()))
        #expect(throws: FileLock.Held(pid: pid)) {
            try FileLock.take("lock", in: directory).get()
        }
        #expect(sandbox.read("lock") == "\(pid)\n", "whoever does not get it writes nothing")
        holder.cancel()
        _ = try await holder.value
        try takeWhenFree()
        #expect(sandbox.read("lock") == "\(getpid())\n")
    }

    @Test func doesNotFollowALink() throws {
        symlink("victim", "\(sandbox.path)/lock")
        #expect(throws: SystemError.self) { try FileLock.take("lock", in: directory) }
        #expect(try !directory.contains("victim"))
    }
}
