import Core

/// How old things are, by all clocks, and what that means for whether they are kept.
public struct Ages: Sendable {
    /// What becomes of something that is kept for a time.
    enum Verdict { case young, old, doubtful }

    /// What the clocks say.
    public let reading: ClockReading
    private let history: ClockHistory
    /// Why nothing is removed for its age for now.
    private let jump: ClockHistory.Jump?

    /// Ages at a moment. While a jump of the clock is less than `respite` ago, nothing is old: whoever
    /// set it wrong may see that, and the time service may not have had its say.
    public init(
        at reading: ClockReading, _ history: ClockHistory = ClockHistory(),
        respite: Duration = .zero
    ) {
        self.reading = reading
        self.history = history
        jump = history.jump(within: respite, of: reading)
    }

    /// Whether nothing is old for now.
    var areDoubtful: Bool { jump != nil }

    /// The time by the wall clock.
    var now: Timestamp { reading.wall }

    /// Whether something that ended then is older than `limit`. It is doubtful if only the wall clock
    /// says so, or if that was only just set.
    func verdict(
        on end: Timestamp, _ moment: BootMoment?, keptFor limit: Duration
    ) -> Verdict {
        if history.age(of: end, moment, at: reading) >= limit {
            return jump == nil ? .old : .doubtful
        }
        return now.since(end) >= limit ? .doubtful : .young
    }

    /// Whether something of this time by the wall clock may be older than `limit`: it is, or the clock was
    /// wrong then.
    func mayBeOver(_ end: Timestamp, keptFor limit: Duration) -> Bool {
        end > now || now.since(end) >= limit
    }

    func verdict(on outcome: SessionRecord.Outcome, keptFor limit: Duration) -> Verdict {
        verdict(on: outcome.finished, outcome.ended, keptFor: limit)
    }
}
