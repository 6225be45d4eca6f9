/// A moment by the clock that nobody can set: which boot of the machine, and how long after it began.
public struct BootMoment: Hashable, Codable, Sendable {
    /// The boot, by a name no other one has.
    public var boot: String
    /// The time since it began, in seconds, however the machine slept meanwhile.
    public var seconds: Double

    /// Makes a moment.
    public init(boot: String, seconds: Double) {
        self.boot = boot
        self.seconds = seconds
    }

    /// How long from `start` to here; nil if the machine was started anew in between.
    public func since(_ start: BootMoment) -> Duration? {
        boot == start.boot ? .seconds(max(0, seconds - start.seconds)) : nil
    }
}

/// What the clocks say at one moment.
public struct ClockReading: Hashable, Sendable {
    /// The wall clock, which can be set.
    public var wall: Timestamp
    /// The one that cannot; nil where the machine does not tell.
    public var moment: BootMoment?

    /// Makes a reading.
    public init(wall: Timestamp, moment: BootMoment?) {
        self.wall = wall
        self.moment = moment
    }
}
