/// How often to try, and how long to wait in between.
public struct RetryPolicy: Hashable, Sendable {
    /// The most attempts there may be, the first included; at least 1.
    public var attempts: Int
    /// The waits between them.
    public var backoff: Backoff

    /// Makes a policy.
    public init(attempts: Int, backoff: Backoff) {
        self.attempts = attempts
        self.backoff = backoff
    }

    /// The wait before the next attempt when `made` have failed; nil when it is time to give up.
    /// A provider that asked for patience (`retryAfter`) gets it.
    public func delay(afterAttempts made: Int, retryAfter: Duration?, random: Double) -> Duration? {
        guard made < attempts else { return nil }
        return max(backoff.delay(before: made, random: random), retryAfter ?? .zero)
    }
}
