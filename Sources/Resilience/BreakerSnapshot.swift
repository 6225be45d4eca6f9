extension CircuitBreaker {
    /// A breaker on disk.
    public struct Snapshot: Hashable, Codable, Sendable {
        /// The states by name.
        public enum Name: String, Codable, Sendable {
            /// See `CircuitBreaker.State`.
            case closed, open
            /// See `CircuitBreaker.State`.
            case halfOpen = "half_open"
            /// See `CircuitBreaker.State`.
            case forcedOpen = "forced_open"
            /// See `CircuitBreaker.State`.
            case disabled
            /// See `CircuitBreaker.State`.
            case metricsOnly = "metrics_only"
        }

        /// The outcomes a closed breaker goes by.
        public struct History: Hashable, Codable, Sendable {
            /// How many failures there were in a row.
            public var failuresInARow: Int
            /// The last 64 outcomes, the newest in the lowest bit; set where it was a failure.
            public var recent: UInt64
            /// The groups of calls in a window of time, the oldest first.
            public var groups: [WindowCounts]
            /// In how many seconds the newest group is full.
            public var newestEndsIn: Double
            /// The calls in a window of calls, the oldest first: 1 failed, 2 was slow, 3 is both.
            public var calls: [UInt8]
        }

        /// When it was saved, in seconds since 1970.
        public var savedAt: Double
        /// The state.
        public var state: Name
        /// How much longer it would stay open, in seconds.
        public var remaining: Double?
        /// How often it opened since it was last closed.
        public var trips: Int
        /// How many probes had succeeded.
        public var successes: Int?
        /// The counts since it was made or reset.
        public var counts: BreakerCounts
        /// How the last failure came about.
        public var lastFailure: FailureNote?
        /// How long ago that was, in seconds.
        public var lastFailureAge: Double?
        /// What it remembered of the calls that ended.
        public var history: History
    }

    /// What to write down; `wall` is the time in seconds since 1970.
    public func snapshot(now: Duration, wall: Double) -> Snapshot {
        var remaining: Double?
        var successes: Int?
        let name: Snapshot.Name
        switch phase {
        case .closed: name = .closed
        case .open(let until):
            name = .open
            remaining = max(until - now, .zero) / .seconds(1)
        case .halfOpen(_, let number):
            name = .halfOpen
            successes = number
        case .forcedOpen: name = .forcedOpen
        case .disabled: name = .disabled
        case .metricsOnly: name = .metricsOnly
        }
        return Snapshot(
            savedAt: wall, state: name, remaining: remaining, trips: trips, successes: successes,
            counts: counts, lastFailure: lastFailure?.note,
            lastFailureAge: lastFailure.map { max(now - $0.at, .zero) / .seconds(1) },
            history: history.saved(now: now))
    }

    /// Goes on from what was saved. It stays open for what was left of the wait, less the time that
    /// has passed since, which counts as none if the clock went back. Half open it has its permits
    /// and its whole time again, since the probes ended with the process that made them.
    public init(
        _ settings: BreakerSettings, restoring saved: Snapshot, now: Duration, wall: Double
    ) {
        self.init(settings)
        let passed = SavedTime.passed(since: saved.savedAt, until: wall)
        switch saved.state {
        case .closed: phase = .closed
        case .open:
            let left = SavedTime.duration(saved.remaining ?? 0, atMost: settings.longestOpen)
            phase = .open(until: now + max(left - passed, .zero))
        case .halfOpen: phase = .halfOpen(since: now, successes: max(saved.successes ?? 0, 0))
        case .forcedOpen: phase = .forcedOpen
        case .disabled: phase = .disabled
        case .metricsOnly: phase = .metricsOnly
        }
        trips = max(saved.trips, 0)
        counts = saved.counts
        if let age = saved.lastFailureAge {
            let ago = SavedTime.duration(age, atMost: SavedTime.forever) + passed
            lastFailure = LastFailure(saved.lastFailure, at: now - ago)
        }
        history = BreakerHistory(settings, restoring: saved.history, passed: passed, now: now)
    }

    /// Goes on by other settings. Permits that are out stay so.
    init(_ settings: BreakerSettings, succeeding old: CircuitBreaker, now: Duration) {
        let saved = old.snapshot(now: now, wall: 0)
        self.init(settings, restoring: saved, now: now, wall: 0)
        permits = old.permits
        if case .halfOpen = old.phase { phase = old.phase }
    }
}
