import CSystemd
import Core
import Synchronization

/// Tells the service manager that the daemon is alive, as long as all of its parts are.
///
/// Each part registers by name and pulses its way through its own loop, at least every
/// `pulseInterval` also when it has nothing to do. A part that hangs silences the whole daemon,
/// and the service manager starts it afresh. See WatchdogSec= in systemd.service(5).
public final class Watchdog: Sendable {
    /// Shows that one part of the daemon makes progress.
    public struct Pulse: Sendable {
        fileprivate let watchdog: Watchdog
        fileprivate let part: String

        /// Notes progress.
        public func callAsFunction() { watchdog.gate.withLock { $0.pulse(part) } }

        /// Ends the part in good order: no more progress is expected of it.
        public func end() { watchdog.gate.withLock { $0.unregister(part) } }
    }

    private let gate: Mutex<WatchdogGate>
    private let notifier: Notifier
    private let log: any EventLog
    private let start = SuspendingClock.now
    /// How often a part has to pulse at least; also how often `run` looks.
    public let pulseInterval: Duration

    /// Makes a watchdog for a service that is killed after `interval` without a sign of life.
    public init(interval: Duration, notifier: Notifier, log: any EventLog) {
        gate = Mutex(WatchdogGate(interval: interval, now: .zero))
        pulseInterval = interval / 8
        self.notifier = notifier
        self.log = log
    }

    /// The interval the service manager wants signs of life in, or nil if it wants none from this
    /// process; from `$WATCHDOG_USEC` and `$WATCHDOG_PID` by sd_watchdog_enabled(3).
    public static func requestedInterval() -> Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    /// Adds a part of the daemon, by a name no other part has, that has to make progress from now
    /// on.
    public func register(_ part: String) -> Pulse {
        gate.withLock { $0.register(part) }
        return Pulse(watchdog: self, part: part)
    }

    /// Sends signs of life when they are due, until the task is cancelled.
    ///
    /// It runs among the daemon's other tasks and not on a thread of its own: when they cannot
    /// run any more, it cannot either, and that is what it is there to show. The clock stands
    /// still while the machine is suspended, as that of the service manager does.
    public func run() async {
        while !Task.isCancelled {
            check(at: SuspendingClock.now - start)
            try? await Task.sleep(for: pulseInterval, clock: .suspending)
        }
    }

    /// Does what is due at `now`, counted from when the watchdog was made.
    package func check(at now: Duration) {
        switch gate.withLock({ $0.check(at: now) }) {
        case .wait: break
        case .keepAlive:
            if !notifier.send(.watchdog) { gate.withLock { $0.keepAliveFailed() } }
        case .report(let stuck):
            log.record(
                Event(
                    .partStuck,
                    "No progress in \(stuck.joined(separator: ", ")): the service is about to be "
                        + "restarted by its watchdog."))
        }
    }
}
