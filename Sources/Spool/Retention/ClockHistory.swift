import Core
import Linux

/// What is known of the wall clock: when it was last seen, and when it was set. A value that is told
/// what the clocks say.
///
/// Within a boot the machine knows how much time has passed, whatever is done to the wall clock. So
/// what was made in a boot has its age by that, and when the wall clock is set right later in the same
/// boot, by when the boot must have begun. That holds for the boots after it as well.
public struct ClockHistory: Hashable, Codable, Sendable {
    /// That the wall clock was found to say something else than it should.
    public struct Jump: Hashable, Codable, Sendable {
        /// When it was noticed.
        public var at: BootMoment
        /// By how many seconds it was set ahead; negative if it was set back.
        public var seconds: Double
        /// Whether the machine was started anew in between, so that it may also have been off.
        public var isOverBoot: Bool
    }

    /// A boot, and when it began by the wall clock as that was set last.
    struct Boot: Hashable, Codable, Sendable {
        var boot: String
        var began: Double
    }

    /// Less than this is no jump: no age hangs on it.
    static let tolerance = 60.0
    /// A clock that is further ahead after a boot may be wrong; or the machine was off.
    static let longestAbsence = 7 * 86_400.0
    /// How many boots are remembered in which the clock was set.
    static let mostBoots = 500

    /// The layout of the file.
    var format = 1
    /// The boot in which the clocks were last seen.
    private(set) var last: Boot?
    /// When that was, by the wall clock.
    private(set) var seen: Timestamp?
    /// The last jump.
    private(set) var jump: Jump?
    /// The boots in which the clock was set, the last at the end.
    private(set) var boots: [Boot] = []

    /// Knows nothing.
    public init() {}

    /// Takes note of what the clocks say; returns what is new.
    public mutating func note(_ reading: ClockReading) -> Jump? {
        guard let moment = reading.moment else { return nil }
        let began = reading.wall.secondsSince1970 - moment.seconds
        let (before, seenBefore) = (last, seen)
        seen = reading.wall
        guard let before, let seenBefore else {
            last = Boot(boot: moment.boot, began: began)
            return nil
        }
        let step: Double
        if before.boot == moment.boot {
            step = began - before.began
            guard abs(step) >= Self.tolerance else { return nil }
            last = Boot(boot: moment.boot, began: began)
            boots.removeAll { $0.boot == moment.boot }
            boots.append(Boot(boot: moment.boot, began: began))
            boots = boots.suffix(Self.mostBoots)
        } else {
            last = Boot(boot: moment.boot, began: began)
            step = reading.wall.secondsSince1970 - seenBefore.secondsSince1970
            guard step <= -Self.tolerance || step >= Self.longestAbsence else { return nil }
        }
        let new = Jump(at: moment, seconds: step, isOverBoot: before.boot != moment.boot)
        jump = new
        return new
    }

    /// What was known is lost: for a while nothing is taken for granted.
    mutating func doubt(at reading: ClockReading) {
        jump = reading.moment.map { Jump(at: $0, seconds: 0, isOverBoot: false) }
    }

    /// The jump that was noticed less than `time` ago, if one was.
    public func jump(within time: Duration, of reading: ClockReading) -> Jump? {
        guard let jump, let passed = reading.moment?.since(jump.at), passed < time else {
            return nil
        }
        return jump
    }

    /// How long ago something was, by all that is known; never less than nothing. `end` is by the wall
    /// clock as it was then.
    func age(of end: Timestamp, _ moment: BootMoment?, at reading: ClockReading) -> Duration {
        if let moment {
            if let passed = reading.moment?.since(moment) { return passed }
            if let boot = boots.last(where: { $0.boot == moment.boot }) {
                let corrected = Timestamp(secondsSince1970: boot.began + moment.seconds)
                return max(.zero, reading.wall.since(corrected))
            }
        }
        return max(.zero, reading.wall.since(end))
    }
}

/// `state/clock.json`.
extension ClockHistory {
    private static let fileName: FileName = "clock.json"
    /// How old what is on disk may get, as long as nothing is new.
    private static let patience = 600.0

    /// What is known under `root`.
    public static func read(
        in root: SpoolRoot, at reading: ClockReading
    ) throws(Failure) -> ClockHistory {
        try converting("read what is known of the clock:") {
            do throws(SystemError) {
                let bytes = try root[.state].open(entry: fileName).read(limit: RecordFile.limit)
                let subject = fileName.display
                // One that is damaged, or of a later version, is written anew.
                if let known = try? RecordFile.decode(Self.self, from: bytes, subject: subject) {
                    return known
                }
                var lost = ClockHistory()
                lost.doubt(at: reading)
                return lost
            } catch {
                guard error.isNoEntry else { throw error }
                return ClockHistory()
            }
        }
    }

    /// Puts it on record, if there is something new since what is there now. A crash may forget when the
    /// clock was last seen, but not that it was set.
    /// Says whether it did.
    @discardableResult
    public func write(
        in root: SpoolRoot, over known: ClockHistory
    ) throws(Failure) -> Bool {
        guard isWorthWriting(after: known) else { return false }
        return try converting("keep what is known of the clock:") {
            try root[.state].write(
                RecordFile.encode(self, subject: "what is known of the clock"),
                to: Self.fileName, by: "clock.new", in: root[.state])
            if jump != known.jump { try root.sync.sync(root[.state]) }
            return true
        }
    }

    private func isWorthWriting(after known: ClockHistory) -> Bool {
        guard let seen, let before = known.seen else { return seen != known.seen }
        return jump != known.jump || last != known.last
            || abs(seen.secondsSince1970 - before.secondsSince1970) >= Self.patience
    }
}
