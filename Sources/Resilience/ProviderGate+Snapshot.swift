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
