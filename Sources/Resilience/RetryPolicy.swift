/// Whether to try again.
public enum RetryDecision: Hashable, Sendable {
    /// Yes, after this time.
    case retry(after: Duration)
    /// No.
    case giveUp(Reason)

    /// Why there is no other attempt.
    public enum Reason: String, Hashable, Sendable {
        /// Trying again does not help against a failure like this.
        case notRetryable = "not_retryable"
        /// There were as many attempts as there may be.
        case attempts
        /// The next attempt would begin after all the time there is.
        case elapsed
        /// Too many of the provider's calls were retries lately.
        case budget
    }
}

/// How often to try, for how long, on which failures, and how long to wait in between.
public struct RetryPolicy: Hashable, Sendable {
    /// The most attempts there may be, the first included; at least 1.
    public var attempts: Int
    /// No attempt begins later than this after the first began; nil for no limit.
    public var maxElapsed: Duration?
    /// The waits between them.
    public var backoff: Backoff
    /// Which failures are worth another try.
    public var rules: RetryRules
    /// The most that a provider's wish to be left alone is followed.
    public var retryAfterLimit: Duration

    /// Makes a policy.
    public init(
        attempts: Int, maxElapsed: Duration? = nil, backoff: Backoff,
        rules: RetryRules = RetryRules(), retryAfterLimit: Duration = .seconds(3600)
    ) {
        self.attempts = attempts
        self.maxElapsed = maxElapsed
        self.backoff = backoff
        self.rules = rules
        self.retryAfterLimit = retryAfterLimit
    }

    /// Decides what comes after a failure.
    ///
    /// - Parameters:
    ///   - made: how many attempts there have been, this one included.
    ///   - elapsed: the time since the first began; negative counts as none.
    ///   - failure: what the last one ended with. A wish to be left alone longer than the delay is
    ///     followed, up to `retryAfterLimit`.
    ///   - previous: the delay before this attempt, if there was one.
    ///   - random: even in 0..<1.
    public func decide(
        made: Int, elapsed: Duration = .zero, failure: FailureTraits, previous: Duration? = nil,
        random: Double
    ) -> RetryDecision {
        guard rules.allow(failure) else { return .giveUp(.notRetryable) }
        guard made < attempts else { return .giveUp(.attempts) }
        let asked = min(failure.retryAfter ?? .zero, retryAfterLimit)
        let delay = max(backoff.delay(before: made, previous: previous, random: random), asked)
        if let maxElapsed {
            let left = maxElapsed - max(elapsed, .zero)
            guard delay <= left else { return .giveUp(.elapsed) }
        }
        return .retry(after: delay)
    }

    /// How long to leave a provider alone after the last of `made` attempts, without chance: the delay
    /// there would have been, or what it `asked` for, up to `retryAfterLimit`.
    public func wait(afterLast made: Int, asked: Duration?) -> Duration {
        max(backoff.delay(before: made, random: 1), min(asked ?? .zero, retryAfterLimit))
    }
}
