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

    /// With all that is in it, the directory is the same.
    @Test func aDirectoryIsHeldItself() throws {
        let place = try Directory(path: sandbox.path)
        #expect(try !FileLock.isHeld(directory))
        let lock = try FileLock.take(directory, held: "holder", in: place).get()
        for name in [nil, "none", "7\n"] {
            if let name { try place.write(Array(name.utf8), to: "holder") }
            #expect(throws: FileLock.Held(pid: name.flatMap { Int($0.prefix { $0.isNumber }) })) {
                try FileLock.take(Directory(path: sandbox.path), held: "holder", in: place).get()
            }
        }
        let moved = sandbox.path + ".moved"
        #expect(rename(sandbox.path, moved) == 0)
        defer { rename(moved, sandbox.path) }
        #expect(try FileLock.isHeld(Directory(path: moved)))
        withExtendedLifetime(lock) {}
    }

    @Test func doesNotFollowALink() throws {
        symlink("victim", "\(sandbox.path)/lock")
        #expect(throws: SystemError.self) { try FileLock.take("lock", in: directory) }
        #expect(try !directory.contains("victim"))
    }
}
