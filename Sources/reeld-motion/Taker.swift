import Glibc

/// The program that takes the frames, and the pipe to it.
struct Taker {
    private let pid: pid_t
    private let pipe: Int32
    private let name: String

    /// Starts it, found by PATH.
    init(_ command: [String]) {
        name = command[0]
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else {
            Main.fail(EX_OSERR, "cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        pipe = ends[1]
        // A frame goes through in three portions instead of fifty. Where the user's pipes have
        // used up what they may, it stays as it is.
        _ = fcntl(pipe, F_SETPIPE_SZ, 1 << 20)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        // It is not to inherit that SIGPIPE is ignored.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var broken = sigset_t()
        sigemptyset(&broken)
        sigaddset(&broken, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &broken)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var arguments = command.map { (text: String) in strdup(text) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid = pid_t()
        let reason = posix_spawnp(&pid, name, &actions, &attributes, &arguments, environ)
        guard reason == 0 else {
            let cause = String(cString: strerror(reason))
            // What a shell says of a missing program is its caller's fault; of this one, nobody's.
            Main.fail(EX_UNAVAILABLE, "cannot start \(name): \(cause)")
        }
        close(ends[0])
        self.pid = pid
    }

    /// Hands over a frame; false if the program takes no more.
    func take(_ frame: UnsafeRawBufferPointer) -> Bool {
        var rest = frame
        while !rest.isEmpty {
            let count = write(pipe, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EPIPE { return false }
            guard count > 0 else {
                Main.fail(EX_IOERR, "cannot write to \(name): \(String(cString: strerror(errno)))")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }

    /// Waits for its end. Returns its exit status; ends by the signal that ended it.
    func end() -> Int32 {
        close(pipe)
        var status = siginfo_t()
        while waitid(P_PID, id_t(pid), &status, WEXITED) < 0 {
            guard errno == EINTR else { return EX_OSERR }
        }
        let value = status._sifields._sigchld.si_status
        guard status.si_code != Int32(CLD_EXITED) else { return value }
        signal(value, SIG_DFL)
        raise(value)
        return EX_SOFTWARE
    }
}
