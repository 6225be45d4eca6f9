import Core
import Glibc
import TestSupport
import Testing

/// The real `reeld`, running as a child of the tests, seen only from outside: its files, its lines
/// on standard error, its exit status, its answers to signals.
final class RunningDaemon {
    /// How a process ended.
    enum Ending: Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    let pid: pid_t
    private let log: String
    private let output: String
    private(set) var ending: Ending?

    /// The program under test: the one that was built together with the tests, or that in the directory
    /// that REELD_PROGRAMS in the environment names.
    static func program() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let bundle = String(decoding: bytes, as: UTF8.self)
        let beside = "/" + bundle.split(separator: "/").dropLast().joined(separator: "/")
        let directory = getenv("REELD_PROGRAMS").map { String(cString: $0) } ?? beside
        let program = "\(directory)/reeld"
        guard access(program, X_OK) == 0 else {
            throw Surprise("There is no \(program): build it first.")
        }
        return program
    }

    /// Starts `command`, its first element a path, with what it prints in these two files.
    init(_ command: [String], log: String, output: String) throws {
        self.log = log
        self.output = output
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let create = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, create, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, create, 0o600)
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
        // Threads of a test block signals that the daemon waits for.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        // Without NOTIFY_SOCKET and JOURNAL_STREAM, wherever the tests themselves run.
        let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"]
        var arguments = command.map { (text: String) in strdup(text) } + [nil]
        var variables = environment.map { (text: String) in strdup(text) } + [nil]
        defer { for string in arguments + variables { free(string) } }
        var pid = pid_t()
        let reason = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, &variables)
        guard reason == 0 else {
            throw Surprise("\(command[0]) does not start: \(String(cString: strerror(reason)))")
        }
        self.pid = pid
    }

    deinit { end() }

    /// All that it has said on standard error.
    var lines: [String] {
        waitForLog()
        return text(of: log).split(separator: "\n").map(String.init)
    }

    /// What it says is written by a thread that is awake until all of it is.
    private func waitForLog() {
        let deadline = ContinuousClock.now + patience
        let tasks = "/proc/\(pid)/task"
        while !hasEnded, ContinuousClock.now < deadline {
            let isAsleep = names(in: tasks).allSatisfy { task in
                let stat = text(of: "\(tasks)/\(task)/stat")
                return !stat.contains("(reeld-log) R")
            }
            if isAsleep { return }
            usleep(1000)
        }
    }

    /// All that it has written to standard output.
    var printed: String { text(of: output) }

    /// Whether a line holds all these texts.
    func said(_ texts: String...) -> Bool {
        lines.contains { line in texts.allSatisfy(line.contains) }
    }

    /// How many lines hold this text.
    func count(of text: String) -> Int { lines.count { $0.contains(text) } }

    /// Whether it has ended; reaps it when it has.
    var hasEnded: Bool {
        if ending != nil { return true }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return false }
        ending = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
        return true
    }

    /// Sends it a signal, if it still lives.
    func send(_ signal: Int32) {
        if !hasEnded { kill(pid, signal) }
    }

    /// Returns how it ended, when it has.
    func exit(at place: SourceLocation = #_sourceLocation) async throws -> Ending? {
        try await eventually("the daemon ends", log: { self.lines }, at: place) { hasEnded }
        return ending
    }

    /// Ends it at once.
    func end() {
        guard !hasEnded else { return }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        ending = .signalled(SIGKILL)
    }

    private func text(of path: String) -> String {
        String(decoding: (try? readFile(path)) ?? [], as: UTF8.self)
    }
}
