import Glibc
import TestSupport
import Testing

/// Asking the daemon for something, by files.
extension House {
    /// Makes a request the way `touch` does.
    func request(_ name: String) throws { try writeFile("\(root)/control/\(name)", []) }

    /// The same as another user. Only root can.
    func request(_ name: String, by user: uid_t) throws {
        try FileSystemUser.asUser(user) { try request(name) }
    }

    /// Lets every user do what members of the group may.
    func openToAll() {
        for place in ["", "/root", "/root/control", "/root/outputs", "/root/active"] {
            var status = stat()
            #expect(stat(path + place, &status) == 0)
            let mode = status.st_mode & 0o7777
            #expect(chmod(path + place, mode | (mode & 0o070) >> 3 | 0o011) == 0)
        }
    }

    /// Waits until the daemon has taken all requests.
    func requestsAreDone(at place: SourceLocation = #_sourceLocation) async throws {
        try await eventually("the requests are carried out", at: place) {
            names(in: "control").filter { $0 != "paused" }.isEmpty
        }
    }

    /// The only session whose job is in this directory.
    func session(
        in state: String, at place: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try await eventually("a session in \(state)/", at: place) {
            names(in: state).contains { $0.hasPrefix("session_") }
        }
        let name = try #require(
            names(in: state).first { $0.hasPrefix("session_") }, sourceLocation: place)
        return String(name.dropLast(".json".count))
    }

    /// Starts a daemon that starts no jobs, on a root that is only just made.
    func startPaused() async throws -> RunningDaemon {
        let first = try await start()
        first.send(SIGKILL)
        _ = try await first.exit()
        try request("paused")
        return try await start()
    }

    /// Ends a daemon at once and starts another.
    func restart(_ daemon: RunningDaemon) async throws -> RunningDaemon {
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        return try await start()
    }
}

/// What a command printed and how it ended.
struct CommandResult {
    var printed: String
    var said: String
    var ending: RunningDaemon.Ending?
}

extension House {
    /// Starts `reelctl` with a shell's words behind its `--root`; `prefix` goes before it.
    func startReelctl(_ words: String, prefix: String = "") throws -> RunningDaemon {
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let number = UInt64.random(in: .min ... .max)
        return try RunningDaemon(
            [
                "/bin/sh", "-c", "exec \(prefix) \"$0\" --root '\(root)' \(words)",
                String(program),
            ], log: "\(path)/said.\(number)", output: "\(path)/printed.\(number)")
    }

    /// Starts it on a terminal of this width; what comes there is what it printed. `keys` are pressed
    /// before it asks. See script(1).
    func onTerminal(_ words: String, columns: Int, keys: String = "") throws -> RunningDaemon {
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let number = UInt64.random(in: .min ... .max)
        let output = "\(path)/terminal.\(number)"
        let command =
            "stty cols \(columns) rows 40; exec '\(program)' --root '\(root)' \(words)"
        // A FIFO that has a writer too never comes to its end.
        let script =
            "mkfifo '\(output).keys' && exec 3<>'\(output).keys' && printf '\(keys)' >&3 && "
            + "exec /usr/bin/script -qefc \"$0\" /dev/null <&3"
        return try RunningDaemon(
            ["/bin/sh", "-c", script, command], log: "\(path)/said.\(number)", output: output)
    }

    /// Runs it to its end, and expects this exit status.
    @discardableResult
    func expect(
        _ status: Int32, of words: String, prefix: String = "",
        at place: SourceLocation = #_sourceLocation
    ) async throws -> CommandResult {
        let command = try startReelctl(words, prefix: prefix)
        let ending = try await command.exit(at: place)
        let result = CommandResult(
            printed: command.printed, said: command.lines.joined(separator: "\n"), ending: ending)
        #expect(
            ending == .exited(status), "\(words): \(result.printed)\(result.said)",
            sourceLocation: place)
        return result
    }
}
