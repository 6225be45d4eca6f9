/// Retry policies by name, for those who do not want to think of numbers.
public enum RetryPreset: String, Hashable, Sendable, CaseIterable {
    /// For what fails and recovers within a moment: 3 attempts within 5 s.
    case fast
    /// For programs on this machine: 3 attempts.
    case standard
    /// For what must be done if it can be: 10 attempts within an hour.
    case aggressive
    /// For a provider with quotas: few attempts, far apart, and long patience when it asks for it.
    case rateLimited = "rate_limited"
    /// For a service across a network: 5 attempts within 5 minutes, decorrelated.
    case network

    /// What it stands for.
    public var policy: RetryPolicy {
        switch self {
        case .fast:
            RetryPolicy(
                attempts: 3, maxElapsed: .seconds(5),
                backoff: Backoff(.fixed, initial: .milliseconds(100), limit: .seconds(1)),
                retryAfterLimit: .seconds(5))
        case .standard:
            RetryPolicy(
                attempts: 3, backoff: Backoff(initial: .seconds(1), limit: .seconds(30)))
        case .aggressive:
            RetryPolicy(
                attempts: 10, maxElapsed: .seconds(3600),
                backoff: Backoff(initial: .milliseconds(500), limit: .seconds(60), jitter: .equal))
        case .rateLimited:
            RetryPolicy(
                attempts: 6, maxElapsed: .seconds(7200),
                backoff: Backoff(
                    initial: .seconds(10), limit: .seconds(600), jitter: .proportional(0.2)),
                retryAfterLimit: .seconds(7200))
        case .network:
            RetryPolicy(
                attempts: 5, maxElapsed: .seconds(300),
                backoff: Backoff(.decorrelated, initial: .milliseconds(500), limit: .seconds(60)),
                retryAfterLimit: .seconds(120))
        }
    }
}
