/// How many pieces of work to begin beyond those that may be at work at once, so that what is done before
/// and after the work itself, which mostly waits for the disk, overlaps with the work of others.
///
/// As many as end within `horizon`, by how often they ended lately: where a piece takes milliseconds
/// that is two dozen, where it takes seconds none. So what comes later and is more urgent waits at most that
/// much longer. One at a time is one at a time.
public struct Lookahead: Hashable, Sendable {
    /// How long what was begun early waits at most, as far as the past tells.
    public static let horizon: Duration = .milliseconds(100)
    /// No more than so many.
    public static let most = 30
    /// No more than so many for each that may be at work.
    private static let mostForEach = 15

    /// How many may be at work at once.
    public var limit: Int
    private var lastEnd: Duration?
    /// The time between two ends, in seconds, as a moving average.
    private var interval = Double.infinity

    /// Begins without a past.
    public init(limit: Int) { self.limit = max(1, limit) }

    /// How many may be begun.
    public var begun: Int {
        guard limit > 1, interval < Self.horizon / .seconds(1) else { return limit }
        let soon = Self.horizon / .seconds(1) / max(interval, 0.001)
        return limit + min(Int(soon), Self.most, Self.mostForEach * limit)
    }

    /// Notes that a piece ended, at `now` on a steady clock.
    public mutating func noteEnd(now: Duration) {
        defer { lastEnd = now }
        guard let lastEnd else { return }
        let passed = max(0, (now - lastEnd) / .seconds(1))
        // One long pause says that the quick ones are over; it takes several short ones to say that
        // they have begun.
        interval = interval.isFinite ? interval * 0.8 + passed * 0.2 : passed
    }

    /// Notes that nothing is left to be done: what comes next may be of another kind.
    public mutating func noteIdle() { lastEnd = nil }
}
