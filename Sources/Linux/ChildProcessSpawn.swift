import CLinux
import Glibc

/// posix_spawn(3) with the surroundings every child gets.
enum ChildProcessSpawn {
    /// Throws if the command cannot be said to the kernel.
    static func validate(_ command: ChildProcess.Command) throws(SystemError) {
        let named = command.environment.keys.allSatisfy { !$0.isEmpty && !$0.contains("=") }
        let texts = [command.executable] + command.arguments + command.environment.values
        // C would end the string there, and the child would get another one than was meant.
        guard named, !(texts + command.environment.keys).contains(where: { $0.utf8.contains(0) })
        else { throw SystemError("posix_spawn", command.executable, errno: EINVAL) }
    }

    /// Starts a valid command and returns its pid, which is also the id of its process group.
    ///
    /// The pid is ours until it is reaped. By the time this returns the program has been executed, so
    /// the group exists.
    static func spawn(
        _ command: ChildProcess.Command, _ streams: borrowing ChildProcessStreams
    ) throws(SystemError) -> pid_t {
        let arguments = [command.executable] + command.arguments
        let environment = command.environment.map { "\($0.key)=\($0.value)" }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var reason = prepare(&actions, streams)
        if reason == 0 { reason = prepare(&attributes) }

        // A capability that the daemon was given is not for what it runs. It is this thread's that
        // the child would inherit.
        if reason == 0, clinux_clear_inheritable_capabilities() != 0 { reason = errno }

        var pid = pid_t()
        if reason == 0 {
            reason = withCStrings(arguments) { arguments in
                withCStrings(environment) { environment in
                    posix_spawn(
                        &pid, command.executable, &actions, &attributes, arguments, environment)
                }
            }
        }
        guard reason == 0 else {
            throw SystemError("posix_spawn", command.executable, errno: reason)
        }
        limit(pid, command.limits)
        return pid
    }

    /// Bounds the files it writes, and lets it dump no core, which would be one of them.
    ///
    /// After it was started, as posix_spawn(3) has no attribute for it. Failing, as for a program
    /// that changed its user, leaves it as it is.
    private static func limit(_ pid: pid_t, _ limits: ChildProcess.Limits) {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        prlimit(pid, RLIMIT_CORE, &none, nil)
        guard limits.file < .max else { return }
        var most = rlimit(rlim_cur: rlim_t(limits.file), rlim_max: rlim_t(limits.file))
        prlimit(pid, RLIMIT_FSIZE, &most, nil)
    }

    /// Sets the streams and the directory, and closes everything else.
    private static func prepare(
        _ actions: inout posix_spawn_file_actions_t, _ streams: borrowing ChildProcessStreams
    ) -> Int32 {
        let output =
            switch streams.output {
            case .some(let file): file.number
            case .none: streams.error.number
            }
        var reasons = [posix_spawn_file_actions_addfchdir_np(&actions, streams.directory.number)]
        for (file, stream) in [
            (streams.input.number, STDIN_FILENO), (output, STDOUT_FILENO),
            (streams.error.number, STDERR_FILENO),
        ] {
            reasons.append(posix_spawn_file_actions_adddup2(&actions, file, stream))
        }
        reasons.append(posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1))
        return reasons.first { $0 != 0 } ?? 0
    }

    /// A group of its own, and the signals as a fresh login has them: threads of this process block
    /// and ignore signals of which a child must not know.
    private static func prepare(_ attributes: inout posix_spawnattr_t) -> Int32 {
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        let reasons = [
            posix_spawnattr_setflags(&attributes, Int16(flags)),
            posix_spawnattr_setpgroup(&attributes, 0),
            posix_spawnattr_setsigdefault(&attributes, &all),
            posix_spawnattr_setsigmask(&attributes, &none),
        ]
        return reasons.first { $0 != 0 } ?? 0
    }

    /// Calls `body` with a null-terminated array of C strings that lives for the call.
    private static func withCStrings<R>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var bytes: [CChar] = []
        var starts: [Int] = []
        for string in strings {
            starts.append(bytes.count)
            bytes.append(contentsOf: string.utf8.lazy.map { CChar(bitPattern: $0) })
            bytes.append(0)
        }
        return bytes.withUnsafeMutableBufferPointer { bytes in
            let pointers = starts.map { start in bytes.baseAddress.map { $0 + start } } + [nil]
            return body(pointers)
        }
    }
}
