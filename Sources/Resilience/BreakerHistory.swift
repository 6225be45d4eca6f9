/// What a closed breaker remembers of the calls that ended, and whether that is too much.
struct BreakerHistory: Sendable {
    private(set) var failuresInARow = 0
    /// The last 64 outcomes, the newest in the lowest bit; set where it was a failure.
    private var recent: UInt64 = 0
    private(set) var window: OutcomeWindow

    init(_ settings: BreakerSettings) { window = OutcomeWindow(settings.window) }

    mutating func add(failed: Bool, slow: Bool, now: Duration) {
        failuresInARow = failed ? failuresInARow + 1 : 0
        recent = recent << 1 | (failed ? 1 : 0)
        window.add(failed: failed, slow: slow, now: now)
    }

    mutating func advance(_ now: Duration) { window.advance(now) }

    mutating func clear() {
        failuresInARow = 0
        recent = 0
        window.clear()
    }

    /// Why the breaker has to open; nil if it need not.
    func verdict(_ settings: BreakerSettings) -> CircuitBreaker.Cause? {
        if let limit = settings.consecutiveFailures, failuresInARow >= limit {
            return .consecutiveFailures
        }
        if let quota = settings.quota {
            let seen = quota.of < 64 ? recent & (1 << UInt64(max(quota.of, 0)) - 1) : recent
            if seen.nonzeroBitCount >= quota.failures { return .quota }
        }
        let counts = window.total
        guard counts.calls >= max(settings.minimumCalls, 1) else { return nil }
        let calls = Double(counts.calls)
        if let rate = settings.failureRate, Double(counts.failures) >= rate * calls {
            return .failureRate
        }
        if let rate = settings.slowRate, Double(counts.slow) >= rate * calls { return .slowRate }
        return nil
    }

    init(
        _ settings: BreakerSettings, restoring saved: CircuitBreaker.Snapshot.History,
        passed: Duration, now: Duration
    ) {
        self.init(settings)
        failuresInARow = max(saved.failuresInARow, 0)
        recent = saved.recent
        window.restore(saved, passed: passed, now: now)
    }

    /// What to write down.
    func saved(now: Duration) -> CircuitBreaker.Snapshot.History {
        let (groups, endsIn) = window.savedGroups(now: now)
        return CircuitBreaker.Snapshot.History(
            failuresInARow: failuresInARow, recent: recent, groups: groups, newestEndsIn: endsIn,
            calls: window.savedCalls)
    }
}
