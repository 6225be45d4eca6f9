import Core
import Resilience

/// The attempts of one provider at a step in one run: how many they were and how long they may go on.
struct AttemptSeries: Sendable {
    /// How long they may take with all waits between them; nil for any time.
    let limit: Duration?
    /// When the first began, or began to wait for the provider.
    private var began: Duration?
    /// How often the provider was unavailable: such attempts are not on record.
    private var unrecorded = 0
    /// The wait before the last one, if there was one.
    var delay: Duration?

    init(limit: Duration?) { self.limit = limit }

    /// Notes that an attempt is about to begin.
    mutating func begin(at now: Duration) { began = began ?? now }

    /// How long ago the first began.
    func elapsed(at now: Duration) -> Duration { began.map { now - $0 } ?? .zero }

    /// How much of the limit is left; nil if there is none.
    func left(at now: Duration) -> Duration? {
        limit.map { max(.zero, $0 - elapsed(at: now)) }
    }

    /// How long the next attempt may take, if it has `timeout`.
    func time(for timeout: Duration, at now: Duration) -> Duration {
        left(at: now).map { min($0, timeout) } ?? timeout
    }

    /// How many there have been when the last one failed so, if so many are on record.
    mutating func made(recorded: Int, _ failure: Failure) -> Int {
        if failure.kind == .unavailable { unrecorded += 1 }
        return recorded + unrecorded
    }
}
