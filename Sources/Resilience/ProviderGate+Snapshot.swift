extension ProviderGate {
    /// A gate on disk. Who calls and who waits is not in it: they end with the process.
    public struct Snapshot: Hashable, Codable, Sendable {
        /// The breaker.
        public var breaker: CircuitBreaker.Snapshot
        /// When calls began.
        public var rate: RateLimiter.Snapshot
        /// What pays for retries.
        public var budget: RetryBudget.Snapshot
        /// What came of trying again.
        public var statistics: RetryStatistics
        /// How long calls took.
        public var latency: LatencyHistogram
    }

    /// What to write down; `wall` is the time in seconds since 1970.
    public func snapshot(now: Duration, wall: Double) -> Snapshot {
        Snapshot(
            breaker: breaker.snapshot(now: now, wall: wall),
            rate: rate.snapshot(now: now, wall: wall),
            budget: budget.snapshot(now: now, wall: wall), statistics: statistics,
            latency: latency)
    }
}

extension ProviderGate.Snapshot {
    /// Whether a gate can go on from it: a file may hold any number, and counting on from the
    /// largest one would end the process.
    public var isPlausible: Bool {
        let counts = breaker.counts
        let history = breaker.history
        let groups = history.groups.flatMap { [$0.calls, $0.failures, $0.slow] }
        let numbers =
            [
                counts.admitted, counts.refused, counts.successes, counts.failures, counts.slow,
                counts.ignored, counts.lost, counts.trips, breaker.trips, breaker.successes ?? 0,
                history.failuresInARow, statistics.attempts, statistics.retries,
                statistics.successes, statistics.exhausted,
            ] + groups
        let waited = statistics.secondsWaited
        return numbers.allSatisfy { (0...1 << 53).contains($0) } && waited >= 0
            && waited.isFinite
    }
}
