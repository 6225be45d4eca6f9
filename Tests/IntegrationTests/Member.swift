import Glibc
import Testing

/// A member of the group that may drop jobs, as a user of the machine: whatever it does, a process of its own
/// does.
struct Member {
    /// The group of the members, and of the root.
    static let group: gid_t = 61_000
    static let setpriv = "/usr/bin/setpriv"

    let user: uid_t
    let house: House

    /// What to put before a command that it runs.
    private var prefix: [String] {
        [
            Self.setpriv, "--reuid", "\(user)", "--regid", "\(user)", "--groups", "\(Self.group)",
            "--inh-caps=-all",
        ]
    }

    /// Starts a shell script in the root.
    func start(_ script: String) throws -> RunningDaemon {
        let number = UInt64.random(in: .min ... .max)
        return try RunningDaemon(
            prefix + ["/bin/sh", "-c", "umask 022; cd \"$1\"; \(script)", "sh", house.root],
            log: "\(house.path)/member.\(number)", output: "\(house.path)/printed.\(number)")
    }

    /// Starts a Python script in the root, for what a shell is too slow at.
    func startPython(_ script: String) throws -> RunningDaemon {
        let number = UInt64.random(in: .min ... .max)
        return try RunningDaemon(
            prefix + [
                "/usr/bin/python3", "-c", "import os, sys\nos.chdir(sys.argv[1])\n" + script,
                house.root,
            ], log: "\(house.path)/member.\(number)", output: "\(house.path)/printed.\(number)")
    }

    /// Runs a shell script in the root to its end, and expects it to succeed, or to fail.
    func run(
        _ script: String, succeeds: Bool = true, at place: SourceLocation = #_sourceLocation
    ) async throws {
        try await end(try start(script), script, succeeds, place)
    }

    /// The same for Python.
    func runPython(_ script: String, at place: SourceLocation = #_sourceLocation) async throws {
        try await end(try startPython(script), script, true, place)
    }

    private func end(
        _ process: RunningDaemon, _ script: String, _ succeeds: Bool, _ place: SourceLocation
    ) async throws {
        let ending = try await process.exit(at: place)
        #expect(
            (ending == .exited(0)) == succeeds, "\(script): \(process.lines)",
            sourceLocation: place)
    }

    /// Drops a job, by rename.
    func drop(
        _ name: String, _ text: String = House.spec(), at place: SourceLocation = #_sourceLocation
    ) async throws {
        let quoted = text.split(separator: "'").joined(separator: "'\\''")
        try await run(
            "printf '%s' '\(quoted)' > inbox/.\(name).part && mv inbox/.\(name).part inbox/\(name)",
            at: place)
    }

    /// Runs `reelctl` and returns what it printed, whatever its exit status.
    func reelctl(_ words: String) async throws -> (printed: String, said: [String]) {
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let process = try start("exec \(program) --root \"$1\" \(words)")
        _ = try await process.exit()
        return (process.printed, process.lines)
    }
}

extension House {
    /// Whether there can be members here.
    static var canHaveMembers: Bool {
        getuid() == 0 && access(Member.setpriv, X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0
    }

    /// Starts the daemon as a service would: a user of its own, whose group the members are in.
    func startForMembers() async throws -> RunningDaemon {
        #expect(chown(path, 65_534, Member.group) == 0 && chmod(path, 0o2750) == 0)
        return try await start(prefix: [
            "/bin/sh", "-c", "umask 027; exec \"$@\"", "sh", Member.setpriv, "--reuid", "65534",
            "--regid", "\(Member.group)", "--clear-groups", "--inh-caps=-all,+lease",
            "--ambient-caps=-all,+lease",
        ])
    }
}

extension RunningDaemon {
    /// The most memory it ever had, in bytes; see proc_pid_status(5), VmHWM.
    var peakMemory: Int {
        let text = String(decoding: (try? readFile("/proc/\(pid)/status")) ?? [], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first ?? 0) << 10
    }
}
