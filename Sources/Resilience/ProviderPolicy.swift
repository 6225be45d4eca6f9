/// Everything about how one provider is called, the same for every kind of provider. See
/// docs/resilience.md for the order in which it applies, and why.
public struct ProviderPolicy: Hashable, Sendable {
    /// How often and when to try again.
    public var retry: RetryPolicy
    /// What share of the calls may be retries.
    public var budget: RetryBudget.Settings
    /// When to begin a second attempt beside a slow one.
    public var hedge: Hedge
    /// How many calls at once.
    public var bulkhead: Bulkhead.Settings
    /// How many calls in a time.
    public var rate: RateLimiter.Settings
    /// When to leave it alone.
    public var breaker: BreakerSettings
    /// Which failures the breaker counts. None that was cancelled, whatever it says.
    public var counted: FailurePattern
    /// How long one attempt may take; nil for what the step says.
    public var attemptTimeout: Duration?

    /// Makes a policy; by default the preset `standard`, the default breaker, and no limits.
    public init(
        retry: RetryPolicy = RetryPreset.standard.policy, budget: RetryBudget.Settings = .init(),
        hedge: Hedge = Hedge(), bulkhead: Bulkhead.Settings = .init(),
        rate: RateLimiter.Settings = .init(), breaker: BreakerSettings = BreakerSettings(),
        counted: FailurePattern = FailurePattern(kinds: [.unavailable]),
        attemptTimeout: Duration? = nil
    ) {
        self.retry = retry
        self.budget = budget
        self.hedge = hedge
        self.bulkhead = bulkhead
        self.rate = rate
        self.breaker = breaker
        self.counted = counted
        self.attemptTimeout = attemptTimeout
    }

    /// What a call that ended so says about the provider; nil is success.
    public func outcome(_ failure: FailureTraits?) -> CircuitBreaker.Outcome {
        guard let failure else { return .success }
        return failure.kind != .cancelled && counted.matches(failure) ? .failure : .ignored
    }
}
