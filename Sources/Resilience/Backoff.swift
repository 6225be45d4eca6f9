import Glibc

/// How long to wait before each retry: exponential with full jitter.
///
/// The n-th delay is drawn evenly from zero to `initial * factor^(n-1)`, and that bound itself is
/// at most `limit`. See Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
public struct Backoff: Hashable, Sendable {
    /// The bound of the first delay.
    public var initial: Duration
    /// What the bound grows by from one retry to the next; at least 1.
    public var factor: Double
    /// What no delay exceeds.
    public var limit: Duration

    /// Makes a backoff.
    public init(initial: Duration, factor: Double = 2, limit: Duration) {
        self.initial = initial
        self.factor = factor
        self.limit = limit
    }

    /// The delay before the `retry`-th retry, counted from 1. `random` is even in 0..<1.
    public func delay(before retry: Int, random: Double) -> Duration {
        guard initial > .zero else { return .zero }
        // Compared as ratios: neither the growth nor the bound may leave the range of Duration.
        let growth = pow(factor, Double(max(retry, 1) - 1))
        let bound = growth < limit / initial ? initial * growth : limit
        // The product is rounded, which must not lift it over the limit.
        return min(bound * random, limit)
    }
}
