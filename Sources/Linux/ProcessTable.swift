import CLinux
import Glibc

/// The processes of the machine, and what is to be seen of them in /proc.
public enum ProcessTable {
    /// What became of the processes that were to end.
    public struct Outcome: Hashable, Sendable {
        /// Those that were killed and are gone.
        public var killed: Set<pid_t> = []
        /// Those that may not be killed, or were and have not gone in time.
        public var remaining: Set<pid_t> = []
    }

    /// The processes whose environment has `name` with exactly this value.
    ///
    /// It is the environment each was executed with. Those of other users are not readable and not
    /// found; nor are zombies.
    public static func pids(withEnvironment name: String, _ value: String) -> [pid_t] {
        all().filter { values(of: name, in: $0).contains(value) }
    }

    /// What a process has in its environment under a name, which may stand there more than once. It is
    /// the environment it was executed with, and as anybody may set one, no proof of where it comes
    /// from. See proc_pid_environ(5).
    public static func values(of name: String, in pid: pid_t) -> [String] {
        let start = Array("\(name)=".utf8)
        return environment(of: pid).split(separator: 0).filter { $0.starts(with: start) }
            .map { String(decoding: $0.dropFirst(start.count), as: UTF8.self) }
    }

    /// The name of the program that a process runs, cut to 15 bytes; empty if there is no such process.
    /// See proc_pid_comm(5).
    public static func program(of pid: pid_t) -> String {
        String(decoding: bytes(of: "/proc/\(pid)/comm").prefix { $0 != 10 }, as: UTF8.self)
    }

    /// Kills every process but this one that `isTarget` is true of, and those they start meanwhile, until
    /// none is left or `patience` is over. Blocks its thread that long at most.
    public static func killAll(
        patience: Duration, where isTarget: (pid_t) -> Bool
    ) -> Outcome {
        let deadline = ContinuousClock.now + patience
        var outcome = Outcome()
        repeat {
            let found = Set(all().filter { $0 != getpid() && isTarget($0) })
            outcome.remaining.formIntersection(found)
            let targets = found.subtracting(outcome.remaining)
            if targets.isEmpty { break }
            let doomed = Doomed(targets, where: isTarget)
            outcome.remaining.formUnion(doomed.spared)
            outcome.killed.formUnion(doomed.pids)
            let late = doomed.wait(until: deadline)
            outcome.killed.subtract(late)
            outcome.remaining.formUnion(late)
        } while ContinuousClock.now < deadline
        return outcome
    }

    /// Every process there is, in no order.
    private static func all() -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var pids: [pid_t] = []
        while let entry = readdir(directory) {
            // The names that matter are all digits; strtol gives 0 for the others.
            let pid = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { strtol($0, nil, 10) }
            }
            if pid > 0 { pids.append(pid_t(pid)) }
        }
        return pids
    }

    /// The environment a process was executed with, each variable ended by a NUL; nothing of a
    /// zombie, or if it may not be read.
    static func environment(of pid: pid_t) -> [UInt8] { bytes(of: "/proc/\(pid)/environ") }

    static func bytes(of path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// What proc_pid_stat(5) says of a process, as far as we ask.
    struct Process {
        /// Its process group.
        let group: pid_t
        /// When it began, in clock ticks since the machine was started.
        let start: Int

        /// Nil if there is no such process.
        init?(_ pid: pid_t) {
            // The name, in parentheses, may hold anything, a parenthesis included.
            let fields = ProcessTable.bytes(of: "/proc/\(pid)/stat")
                .split(separator: UInt8(ascii: ")")).last?.split(separator: UInt8(ascii: " "))
                .map { String(decoding: $0, as: UTF8.self) }
            guard let fields, fields.count > 19, let group = pid_t(fields[2]),
                let start = Int(fields[19])
            else { return nil }
            self.group = group
            self.start = start
        }
    }

    /// Now, on the scale of `Process.start`.
    static func ticksSinceBoot() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        let perSecond = sysconf(Int32(_SC_CLK_TCK))
        return now.tv_sec * perSecond + now.tv_nsec * perSecond / 1_000_000_000
    }
}

/// Processes that were sent SIGKILL, held by pidfds so that no pid can come to mean another.
private struct Doomed: ~Copyable {
    private(set) var pids: [pid_t] = []
    /// Those that could not be signalled.
    private(set) var spared: [pid_t] = []
    private var files: [pollfd] = []

    init(_ targets: Set<pid_t>, where isTarget: (pid_t) -> Bool) {
        for pid in targets {
            let file = clinux_pidfd_open(pid)
            if file < 0 {
                if errno != ESRCH { spared.append(pid) }
                continue
            }
            // Asked again, now that the answer is about the process the pidfd holds, or a dead one.
            if isTarget(pid) {
                if clinux_pidfd_send_signal(file, SIGKILL) == 0 {
                    pids.append(pid)
                    files.append(pollfd(fd: file, events: Int16(POLLIN), revents: 0))
                    continue
                }
                if errno != ESRCH { spared.append(pid) }
            }
            close(file)
        }
    }

    /// Waits for their end and returns those that had not come to it by then.
    func wait(until deadline: ContinuousClock.Instant) -> [pid_t] {
        zip(pids, files).filter { _, file in
            var entry = file
            while true {
                let left = max(.zero, ContinuousClock.now.duration(to: deadline))
                let milliseconds = Int32(clamping: Int(left / .milliseconds(1)) + 1)
                let count = poll(&entry, 1, milliseconds)
                if count < 0 && errno == EINTR { continue }
                return count <= 0
            }
        }.map(\.0)
    }

    deinit {
        for file in files { close(file.fd) }
    }
}
