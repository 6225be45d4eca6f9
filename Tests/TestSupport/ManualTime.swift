import Core
import Synchronization

/// A clock that moves only when told to, by the wall and steadily at once.
public final class ManualTime: Sendable {
    private let elapsed = Mutex(Duration.zero)
    private let start: Timestamp

    /// Starts on 23 November 2026, or when told.
    public init(secondsSince1970 seconds: Int = 1_795_409_565) {
        start = Timestamp(secondsSince1970: Double(seconds))
    }

    /// The wall clock.
    public var now: Timestamp {
        Timestamp(secondsSince1970: start.secondsSince1970 + steady.seconds)
    }

    /// The time since the start.
    public var steady: Duration { elapsed.withLock { $0 } }

    /// Lets time pass.
    public func advance(by time: Duration) { elapsed.withLock { $0 += time } }
}
