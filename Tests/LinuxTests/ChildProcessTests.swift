import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite struct ChildProcessTests {
    private let sandbox = ChildProcessSandbox()

    @Test func givesStreamsEnvironmentArgumentsAndDirectory() async throws {
        var command = sandbox.shell("cat; echo \"$0|$1|$NAME|$HOME|$PWD\"; echo log >&2", "a b", "")
        command.environment = ["NAME": "välue=1"]
        command.standardInput = Array("in\n".utf8)
        let start = ContinuousClock.now
        let result = try await ChildProcess.run(command)
        let elapsed = start.duration(to: .now)
        #expect(result.ending == .exited(0) && !result.timedOut && !result.cancelled)
        #expect(sandbox.read("out") == "in\na b||välue=1||\(sandbox.path)\n")
        #expect(sandbox.read("log") == "log\n")
        #expect(result.elapsed > .zero && result.elapsed <= elapsed)
        #expect(result.processorTime > .zero && result.peakMemory > 100_000)
    }

    @Test(arguments: [
        ("exit 0", ChildProcess.Ending.exited(0)), ("exit 75", .exited(75)),
        ("exit 255", .exited(255)), ("kill -9 $$", .signalled(SIGKILL)),
        ("kill -TERM $$; sleep 60", .signalled(SIGTERM)), ("exec >&- 2>&- <&-; exit 3", .exited(3)),
    ])
    func tellsHowItEnded(_ script: String, _ ending: ChildProcess.Ending) async throws {
        #expect(try await ChildProcess.run(sandbox.shell(script)).ending == ending)
    }

    @Test func inheritsNoDescriptorSignalMaskOrDisposition() async throws {
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        let list =
            "ls -l /proc/self/fd | grep -c '[0-9] -> '; grep -E '^Sig(Blk|Ign)' /proc/self/status"
        let result = try await ChildProcess.run(sandbox.shell(list))
        #expect(result.ending == .exited(0))
        // The fourth is the directory ls reads. The C library ignores its own signals 32 and 33.
        let lines = sandbox.read("out").split(separator: "\n")
        #expect(lines.prefix(2) == ["4", "SigBlk:\t0000000000000000"])
        #expect(["SigIgn:\t0000000000000000", "SigIgn:\t0000000180000000"].contains(lines.last))
    }

    @Test func readsInputThatNobodyWantsAndMuchOfIt() async throws {
        var command = sandbox.shell("exec true")
        command.standardInput = Array(repeating: 65, count: 5_000_000)
        #expect(try await ChildProcess.run(command).ending == .exited(0))
        command = sandbox.shell("wc -c")
        command.standardInput = Array(repeating: 65, count: 5_000_000)
        command.standardOutput = nil
        #expect(try await ChildProcess.run(command).ending == .exited(0))
        #expect(sandbox.read("log") == "5000000\n")
    }

    @Test func seesTheEndOfAnEmptyInput() async throws {
        #expect(try await ChildProcess.run(sandbox.shell("read x || exit 7")).ending == .exited(7))
    }

    @Test func appendsToTheLog() async throws {
        for word in ["one", "two"] {
            var command = sandbox.shell("echo \(word)")
            command.standardOutput = nil
            _ = try await ChildProcess.run(command)
        }
        #expect(sandbox.read("log") == "one\ntwo\n")
    }

    /// A directory on the way may have been replaced, too.
    @Test func refusesALinkOnTheWay() async throws {
        #expect(mkdir("\(sandbox.path)/elsewhere", 0o755) == 0)
        #expect(symlink("elsewhere", "\(sandbox.path)/logs") == 0)
        var command = sandbox.shell(":")
        command.standardError = "\(sandbox.path)/logs/log"
        await sandbox.expect(command, fails: "openat2", ELOOP)
        #expect(access("\(sandbox.path)/elsewhere/log", F_OK) != 0)
    }

    @Test func refusesToOverwriteOrFollowALink() async throws {
        _ = try await ChildProcess.run(sandbox.shell("echo kept; ln -s out link"))
        let again = sandbox.shell("echo lost")
        await sandbox.expect(again, fails: "openat2", EEXIST)
        var linked = again
        linked.standardOutput = "\(sandbox.path)/other"
        linked.standardError = "\(sandbox.path)/link"
        await sandbox.expect(linked, fails: "openat2", ELOOP)
        #expect(sandbox.read("out") == "kept\n")
    }

    @Test func saysWhyItCouldNotStart() async {
        var command = sandbox.shell("")
        command.standardOutput = nil
        command.executable = "\(sandbox.path)/missing"
        await sandbox.expect(command, fails: "posix_spawn", ENOENT)
        command.executable = sandbox.path
        await sandbox.expect(command, fails: "posix_spawn", EACCES)
        command = sandbox.shell(String(repeating: "x", count: 3_000_000))
        command.standardOutput = nil
        await sandbox.expect(command, fails: "posix_spawn", E2BIG)
        command = sandbox.shell("a\0b")
        await sandbox.expect(command, fails: "posix_spawn", EINVAL)
        command = sandbox.shell("")
        command.environment = ["A=B": "C"]
        await sandbox.expect(command, fails: "posix_spawn", EINVAL)
        command = sandbox.shell("")
        command.workingDirectory = "\(sandbox.path)/missing"
        await sandbox.expect(command, fails: "openat2", ENOENT)
    }

    @Test func runsManyAtOnce() async throws {
        let endings = try await withThrowingTaskGroup(of: (Int, ChildProcess.Ending).self) {
            group in
            for number in 0..<100 {
                var command = sandbox.shell("exit \(number)")
                command.standardOutput = nil
                group.addTask { [command] in (number, try await ChildProcess.run(command).ending) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(
            endings == Dictionary(uniqueKeysWithValues: (0..<100).map { ($0, .exited(Int32($0))) }))
    }
}
