/// When a circuit breaker opens, and what it takes to close it again.
///
/// Each of the conditions to open can be left out (nil); any one that holds is enough. They are looked
/// at after a call that failed or was slow, never after a good one.
public struct BreakerSettings: Hashable, Sendable {
    /// Which calls the rates are about.
    public enum Window: Hashable, Sendable {
        /// Those that ended within this time, to a tenth of it.
        case time(Duration)
        /// The last ones, so many.
        case calls(Int)
    }

    /// A number of failures among the last calls.
    public struct Quota: Hashable, Sendable {
        /// So many failures …
        public var failures: Int
        /// … among so many calls, 64 at most.
        public var of: Int

        /// Makes a quota.
        public init(failures: Int, of: Int) {
            self.failures = failures
            self.of = of
        }
    }

    /// Opens after this many failures in a row.
    public var consecutiveFailures: Int?
    /// Opens after this many failures among the last calls.
    public var quota: Quota?
    /// Opens when this share of the calls in the window failed, above 0 and up to 1 …
    public var failureRate: Double?
    /// … or this share was slow, likewise …
    public var slowRate: Double?
    /// … and there were at least this many calls in it.
    public var minimumCalls: Int
    /// Which calls the rates are about.
    public var window: Window
    /// A call that took this long was slow. With a `slowRate`, a slow probe counts as failed.
    public var slowAfter: Duration
    /// How long it stays open the first time, before it lets a probe through.
    public var openFor: Duration
    /// What that grows by each time it opens again before it was closed; at least 1.
    public var openGrowth: Double
    /// What it grows to, and what no wait exceeds.
    public var openLimit: Duration
    /// How much chance changes it.
    public var jitter: Jitter
    /// How many probes may be under way at once, 1 to 1000.
    public var probes: Int
    /// Closes after this many probes have succeeded with none failing.
    public var successes: Int
    /// A probe that is not back after this time, or that which its call may take if that is longer, is
    /// lost: it counts as failed, and its permit is free.
    public var probeLimit: Duration
    /// Half open for longer than this, it opens again, as with resilience4j's
    /// maxWaitDurationInHalfOpenState; nil for no limit, as there.
    public var halfOpenLimit: Duration?

    /// Makes settings; the defaults suit a provider called a few times a minute.
    public init(
        consecutiveFailures: Int? = 5, quota: Quota? = nil, failureRate: Double? = 0.5,
        slowRate: Double? = nil, minimumCalls: Int = 10, window: Window = .time(.seconds(60)),
        slowAfter: Duration = .seconds(60), openFor: Duration = .seconds(60),
        openGrowth: Double = 1, openLimit: Duration = .seconds(3600), jitter: Jitter = .none,
        probes: Int = 1, successes: Int = 3, probeLimit: Duration = .seconds(7200),
        halfOpenLimit: Duration? = nil
    ) {
        self.consecutiveFailures = consecutiveFailures
        self.quota = quota
        self.failureRate = failureRate
        self.slowRate = slowRate
        self.minimumCalls = minimumCalls
        self.window = window
        self.slowAfter = slowAfter
        self.openFor = openFor
        self.openGrowth = openGrowth
        self.openLimit = openLimit
        self.jitter = jitter
        self.probes = probes
        self.successes = successes
        self.probeLimit = probeLimit
        self.halfOpenLimit = halfOpenLimit
    }

    /// The longest it may stay open without looking.
    var longestOpen: Duration { max(openLimit, .zero) }

    /// How long to stay open the `trip`-th time in succession. `random` is even in 0..<1.
    func wait(trip: Int, random: Double) -> Duration {
        let growing = Backoff(
            initial: openFor, factor: max(openGrowth, 1), limit: longestOpen, jitter: jitter)
        return growing.delay(before: trip, random: random)
    }
}
