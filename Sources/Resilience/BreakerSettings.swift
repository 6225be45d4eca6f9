/// When a circuit breaker opens, and what it takes to close it again.
public struct BreakerSettings: Hashable, Sendable {
    /// Opens after this many failures in a row.
    public var consecutiveFailures: Int
    /// Opens when this share of the calls within `window` failed, from 0 to 1 …
    public var failureRate: Double
    /// … and there were at least this many of them.
    public var minimumCalls: Int
    /// How far back the failure rate looks, to a tenth.
    public var window: Duration
    /// How long it stays open before it lets a probe through.
    public var openFor: Duration
    /// How many probes may be under way at once; at least 1.
    public var probes: Int
    /// Closes after this many probes have succeeded with none failing.
    public var successes: Int

    /// Makes settings; the defaults suit a provider called a few times a minute.
    public init(
        consecutiveFailures: Int = 5, failureRate: Double = 0.5, minimumCalls: Int = 10,
        window: Duration = .seconds(60), openFor: Duration = .seconds(60), probes: Int = 1,
        successes: Int = 3
    ) {
        self.consecutiveFailures = consecutiveFailures
        self.failureRate = failureRate
        self.minimumCalls = minimumCalls
        self.window = window
        self.openFor = openFor
        self.probes = probes
        self.successes = successes
    }
}
