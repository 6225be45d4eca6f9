import Foundation
import Glibc
import TestSupport

/// A child process of the tests: the injector with the daemon in it, or the daemon alone.
final class Process {
    private let pid: pid_t
    private(set) var status: Int32?

    /// Starts `command`, its first element a path; what it prints is added to the file `log`.
    init(_ command: [String], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let create = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, create, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
        // Threads of a test block signals that the daemon waits for.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let environment = ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8"]
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

    /// Ends it at once; the injector takes what it traces along.
    func end() {
        guard !hasEnded else { return }
        kill(pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
        status = 128 + SIGKILL
    }

    /// Whether it has ended; reaps it when it has.
    var hasEnded: Bool {
        if status != nil { return true }
        var raw: Int32 = 0
        guard waitpid(pid, &raw, WNOHANG) == pid else { return false }
        // As a shell gives it.
        status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + raw & 0x7F
        return true
    }

    /// Asks the process to end.
    func terminate() { if !hasEnded { kill(pid, SIGTERM) } }

    /// Runs a program to its end.
    static func run(_ command: String..., log: String) async throws {
        let process = try Process(command, log: log)
        try await eventually("\(command[0]) ends") { process.hasEnded }
        guard process.status == 0 else {
            throw Surprise("\(command.joined(separator: " ")) failed: \(text(of: log))")
        }
    }

    /// A program that was built together with the tests.
    static func built(_ name: String) throws -> String {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let program = tests.deletingLastPathComponent().appending(path: name).path
        guard access(program, X_OK) == 0 else {
            throw Surprise("There is no \(name) beside the tests, at \(program): build it first.")
        }
        return program
    }
}

/// Returns as soon as `condition` holds; throws when `patience` is over.
func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + patience
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw Surprise("never seen: \(what)") }
        try await Task.sleep(for: .milliseconds(50))
    }
}
