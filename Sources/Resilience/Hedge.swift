/// A second attempt beside one that takes long: the first to succeed wins, the others are ended.
public struct Hedge: Hashable, Sendable {
    /// How long an attempt is waited for before another one is begun beside it.
    public var delay: Duration
    /// How many more attempts there may be beside the first; 0 is none, and that is the default: an
    /// attempt may cost money.
    public var extra: Int

    /// Makes settings.
    public init(delay: Duration = .seconds(30), extra: Int = 0) {
        self.delay = delay
        self.extra = extra
    }

    /// When to begin another attempt, counted from the beginning of the first, if `begun` have been
    /// and none has ended; nil if there is to be none.
    public func next(begun: Int) -> Duration? {
        guard begun >= 1, begun <= extra else { return nil }
        return delay * begun
    }
}
