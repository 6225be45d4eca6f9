import CLinux
import Glibc

/// A number that a process hands down to all it starts, and these to theirs.
///
/// It is the soft limit RLIMIT_LOCKS, which Linux keeps and obeys nowhere: fork(2) and execve(2) pass it
/// on, and neither an environment of its own, a session of its own, nor the death of its parents takes
/// it from a process. Nobody gets it who was not started from there, unless he sets it himself on
/// purpose. So it proves what an environment cannot, which anybody may copy. See getrlimit(2),
/// proc_pid_limits(5).
public struct Lineage: Hashable, Sendable {
    /// The limit.
    public let number: UInt64

    /// The smallest number that is given: no limit that somebody means is as high.
    private static let least: UInt64 = 1 << 32
    /// Above the highest; whatever reads JSON can tell it from its neighbours.
    private static let end: UInt64 = 1 << 53

    /// The one of that number.
    public init(number: UInt64) { self.number = number }

    /// Puts this process, and all that it starts from now on, into a new lineage. What it started before
    /// is in none, or another. Nil where that cannot be done, or not be read in /proc.
    static func begin() -> Lineage? {
        var (current, most) = (UInt64(0), UInt64(0))
        guard clinux_get_lock_limit(&current, &most) == 0, most > least else { return nil }
        let own = Lineage(number: .random(in: least..<min(end, most)))
        guard clinux_set_lock_limit(own.number, most) == 0, Lineage(of: getpid()) == own else {
            return nil
        }
        return own
    }

    /// That of a process, which may be one that nobody gave. Nil if there is no such process any more,
    /// it is a zombie, or it is not to be seen.
    public init?(of pid: pid_t) {
        let name = Array("Max file locks ".utf8)
        let lines = ProcessTable.bytes(of: "/proc/\(pid)/limits").split(
            separator: UInt8(ascii: "\n"))
        guard let line = lines.first(where: { $0.starts(with: name) }),
            let soft = line.dropFirst(name.count).split(separator: UInt8(ascii: " ")).first
        else { return nil }
        let text = String(decoding: soft, as: UTF8.self)
        guard let number = text == "unlimited" ? .max : UInt64(text) else { return nil }
        self.number = number
    }
}
