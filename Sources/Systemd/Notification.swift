import Glibc

/// Something the service manager is told, in the words of sd_notify(3).
public enum Notification: Hashable, Sendable {
    /// Start-up or a reload is finished. The status says what the daemon does now.
    case ready(status: String)
    /// What the daemon does now, for `systemctl status`.
    case status(String)
    /// A reload has begun, at this time of CLOCK_MONOTONIC in microseconds; `ready` ends it.
    case reloading(monotonicMicroseconds: UInt64)
    /// The daemon is ending.
    case stopping(status: String)
    /// The daemon is alive and makes progress.
    case watchdog
    /// Starting or stopping takes this much longer, counted from now.
    case extendTimeout(Duration)

    /// A reload that begins now.
    public static var reloadingNow: Notification {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return .reloading(
            monotonicMicroseconds: UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000)
    }

    /// The datagram: assignments, one a line. A status is kept to its own line; not by escapes,
    /// because the service manager drops the backslashes of what it receives.
    package var text: String {
        switch self {
        case .ready(let status): "READY=1\nSTATUS=\(status.withoutControls)"
        case .status(let status): "STATUS=\(status.withoutControls)"
        case .reloading(let time): "RELOADING=1\nMONOTONIC_USEC=\(time)"
        case .stopping(let status): "STOPPING=1\nSTATUS=\(status.withoutControls)"
        case .watchdog: "WATCHDOG=1"
        case .extendTimeout(let time): "EXTEND_TIMEOUT_USEC=\(time.wholeMicroseconds)"
        }
    }
}

extension Duration {
    /// The duration in microseconds, rounded down, none if negative.
    fileprivate var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
