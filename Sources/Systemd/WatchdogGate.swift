/// Decides when the service manager may be told that the daemon is alive: every half interval,
/// and only when every part of the daemon has made progress since it was last told.
///
/// A value; `now` is counted from any fixed moment. `Watchdog` performs what it returns.
public struct WatchdogGate: Sendable {
    /// What is to be done now.
    public enum Action: Hashable, Sendable {
        /// Nothing yet.
        case wait
        /// Send `WATCHDOG=1`.
        case keepAlive
        /// Three quarters of the interval are over and these parts, in order of their names, have
        /// not been heard of: say so, for the service is about to be killed because of them.
        /// Returned once for each new set of names.
        case report(stuck: [String])
    }

    /// The time without `WATCHDOG=1` after which the service is killed.
    public let interval: Duration
    private var lastSent: Duration
    /// What `keepAliveFailed` goes back to.
    private var before: (sent: Duration, heard: Set<String>)
    private var parts: Set<String> = []
    private var heard: Set<String> = []
    private var reported: [String] = []

    /// Makes a gate for a service whose time runs from `now`.
    public init(interval: Duration, now: Duration) {
        self.interval = interval
        lastSent = now
        before = (now, [])
    }

    /// Adds a part that has to make progress from now on. Being added counts as such.
    public mutating func register(_ part: String) {
        parts.insert(part)
        heard.insert(part)
    }

    /// Removes a part that has ended in good order.
    public mutating func unregister(_ part: String) {
        parts.remove(part)
        heard.remove(part)
    }

    /// Notes that a part has made progress.
    public mutating func pulse(_ part: String) {
        heard.insert(part)
    }

    /// Says what to do now. To be asked several times in each interval.
    public mutating func check(at now: Duration) -> Action {
        let silence = now - lastSent
        guard silence >= interval / 2 else { return .wait }
        let stuck = parts.subtracting(heard).sorted()
        if stuck.isEmpty {
            before = (lastSent, heard)
            lastSent = now
            heard = []
            reported = []
            return .keepAlive
        }
        guard silence >= interval * 3 / 4, stuck != reported else { return .wait }
        reported = stuck
        return .report(stuck: stuck)
    }

    /// Notes that what `check` last returned, to keep alive, could not be sent: it is due again at the
    /// next look.
    public mutating func keepAliveFailed() {
        lastSent = before.sent
        heard.formUnion(before.heard)
    }
}
