/// What came of trying again. It can be saved as it is, and those of several providers add up.
public struct RetryStatistics: Hashable, Codable, Sendable {
    /// How many attempts have ended, first ones included.
    public var attempts = 0
    /// How many of them were not the first.
    public var retries = 0
    /// How often an attempt succeeded.
    public var successes = 0
    /// How often there was no other attempt after a failure.
    public var exhausted = 0
    /// The time waited before retries, in seconds.
    public var secondsWaited = 0.0

    /// Makes empty statistics.
    public init() {}

    /// Counts what was decided after a failure.
    public mutating func note(_ decision: RetryDecision) {
        switch decision {
        case .retry(let delay):
            retries += 1
            secondsWaited += delay / .seconds(1)
        case .giveUp:
            exhausted += 1
        }
    }

    /// Adds others.
    public static func += (one: inout RetryStatistics, other: RetryStatistics) {
        one.attempts += other.attempts
        one.retries += other.retries
        one.successes += other.successes
        one.exhausted += other.exhausted
        one.secondsWaited += other.secondsWaited
    }
}
