import Glibc

/// How long to wait before each retry.
///
/// A strategy gives the n-th delay, which is cut to `limit`, and jitter then changes it; whatever
/// comes of that is at least nothing and at most `limit`.
public struct Backoff: Hashable, Sendable {
    /// How the delays grow from one retry to the next.
    public enum Strategy: String, Hashable, Sendable, CaseIterable {
        /// `initial * factor^(n-1)`.
        case exponential
        /// `initial * n`.
        case linear
        /// `initial` times 1, 1, 2, 3, 5, 8, …
        case fibonacci
        /// `initial`, always.
        case fixed
        /// Evenly between `initial` and three times the delay before; it is its own jitter.
        case decorrelated
    }

    /// How the delays grow.
    public var strategy: Strategy
    /// The first delay.
    public var initial: Duration
    /// What an exponential delay grows by; at least 1.
    public var factor: Double
    /// What no delay exceeds.
    public var limit: Duration
    /// How chance changes the delay.
    public var jitter: Jitter

    /// Makes a backoff.
    public init(
        _ strategy: Strategy = .exponential, initial: Duration, factor: Double = 2,
        limit: Duration, jitter: Jitter = .full
    ) {
        self.strategy = strategy
        self.initial = initial
        self.factor = factor
        self.limit = limit
        self.jitter = jitter
    }

    /// The delay before the `retry`-th retry, counted from 1. `previous` is the delay before the one
    /// before, which only `decorrelated` asks for; `random` is even in 0..<1.
    public func delay(before retry: Int, previous: Duration? = nil, random: Double) -> Duration {
        guard initial > .zero, limit > .zero else { return .zero }
        if strategy == .decorrelated {
            let longest = bounded(previous.map { max($0 / initial, 1) * 3 } ?? 3)
            let shortest = min(initial, limit)
            return min(shortest + (longest - shortest) * Jitter.full.factor(random), limit)
        }
        // The product is rounded, which must not lift it over the limit.
        return min(bounded(growth(max(retry, 1))) * jitter.factor(random), limit)
    }

    /// What the `retry`-th delay is in units of the first.
    private func growth(_ retry: Int) -> Double {
        switch strategy {
        case .exponential: pow(factor, Double(retry - 1))
        case .linear: Double(retry)
        case .fixed, .decorrelated: 1
        case .fibonacci: Self.fibonacci(retry)
        }
    }

    /// `initial` times this, at most `limit`. Compared as ratios: neither may leave the range of
    /// `Duration`.
    private func bounded(_ growth: Double) -> Duration {
        growth < limit / initial ? initial * growth : limit
    }

    private static func fibonacci(_ number: Int) -> Double {
        var (one, next) = (1.0, 1.0)
        // No delay is so short that the hundredth number would not lift it over every limit.
        for _ in 1..<min(number, 200) { (one, next) = (next, one + next) }
        return one
    }
}
