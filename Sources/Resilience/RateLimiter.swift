/// How many calls of a provider may begin within any second, any minute and any day.
///
/// It remembers when each of the last calls was to begin, as many as the largest limit; the next may
/// begin when the one so many before it is a second, a minute, a day ago. So no stretch of time of that
/// length, wherever it is laid, holds more than the limit, unlike with counters that start anew.
public struct RateLimiter: Sendable {
    /// The limits, each at least 1; nil for none.
    public struct Settings: Hashable, Sendable {
        /// Calls within any second.
        public var perSecond: Int?
        /// Calls within any minute.
        public var perMinute: Int?
        /// Calls within any 24 hours.
        public var perDay: Int?
        /// A call that would have to wait longer than this is refused instead.
        public var maxWait: Duration

        /// Makes settings.
        public init(
            perSecond: Int? = nil, perMinute: Int? = nil, perDay: Int? = nil,
            maxWait: Duration = .seconds(10)
        ) {
            self.perSecond = perSecond
            self.perMinute = perMinute
            self.perDay = perDay
            self.maxWait = maxWait
        }

        /// A limit and the time it is about.
        var rules: [(limit: Int, period: Duration)] {
            let all: [(limit: Int?, period: Duration)] = [
                (perSecond, .seconds(1)), (perMinute, .seconds(60)), (perDay, .seconds(86_400)),
            ]
            return all.compactMap { rule in rule.limit.map { (max($0, 1), rule.period) } }
        }
    }

    /// Leave to begin a call at a time.
    public struct Reservation: Hashable, Sendable {
        /// The time; it may be in the future.
        public let at: Duration
    }

    /// The answer to whoever wants to call.
    public enum Admission: Hashable, Sendable {
        /// Begin at the time it tells, or `cancel` it.
        case reserved(Reservation)
        /// Do not wait; asking again makes sense from then on.
        case refused(retryAt: Duration)
    }

    /// What it was made with.
    public let settings: Settings
    private let rules: [(limit: Int, period: Duration)]
    /// How many may be waiting for their time: whatever of them is cancelled, the ring still holds
    /// as many as the largest limit.
    private let spare: Int
    /// When the last calls began or begin, in order, the oldest at `head`: a ring.
    private var ring: [Duration]
    private var head = 0
    private var count = 0

    /// Makes one that has seen no calls.
    public init(_ settings: Settings = Settings()) {
        self.settings = settings
        rules = settings.rules
        let largest = rules.map(\.limit).max() ?? 0
        spare = min(largest, 64)
        ring = [Duration](repeating: .zero, count: largest + spare)
    }

    /// When a call that asks now may begin.
    public func next(now: Duration) -> Duration {
        guard count > 0 else { return now }
        // Nobody begins before those who asked earlier.
        var time = max(now, entry(count - 1))
        for rule in rules where count >= rule.limit {
            time = max(time, entry(count - rule.limit) + rule.period)
        }
        return time
    }

    /// Asks to begin a call, now or as soon as possible.
    public mutating func reserve(now: Duration) -> Admission {
        guard !rules.isEmpty else { return .reserved(Reservation(at: now)) }
        let time = next(now: now)
        guard time - now <= settings.maxWait else {
            return .refused(retryAt: time - settings.maxWait)
        }
        if count >= spare, entry(count - spare) > now {
            return .refused(retryAt: entry(count - spare))
        }
        append(time)
        return .reserved(Reservation(at: time))
    }

    /// Takes back a reservation whose call did not begin. Those made after it keep their times.
    @discardableResult
    public mutating func cancel(_ reservation: Reservation) -> Bool {
        // It is nearly always among the last.
        guard
            let found = (0..<count).reversed().first(where: { entry($0) <= reservation.at }),
            entry(found) == reservation.at
        else { return false }
        for index in found..<count - 1 { ring[position(index)] = entry(index + 1) }
        count -= 1
        return true
    }

    /// How many calls there were within the last 24 hours, as far as the limits need to know.
    public func countWithinDay(now: Duration) -> Int {
        (0..<count).count { entry($0) > now - .seconds(86_400) }
    }

    private func position(_ index: Int) -> Int {
        let sum = head + index
        return sum < ring.count ? sum : sum - ring.count
    }

    private func entry(_ index: Int) -> Duration { ring[position(index)] }

    private mutating func append(_ time: Duration) {
        if count == ring.count {
            ring[head] = time
            head = position(1)
        } else {
            ring[position(count)] = time
            count += 1
        }
    }
}

extension RateLimiter {
    /// Goes on by other settings; reservations keep their times.
    init(_ settings: Settings, succeeding old: RateLimiter) {
        self.init(settings)
        guard !ring.isEmpty else { return }
        for index in 0..<old.count { append(old.entry(index)) }
    }

    /// A limiter on disk.
    public struct Snapshot: Hashable, Codable, Sendable {
        /// When it was saved, in seconds since 1970.
        public var savedAt: Double
        /// How many seconds before that the calls began, the oldest first. One that was only to
        /// begin counts as begun.
        public var ages: [Double]
    }

    /// What to write down; `wall` is the time in seconds since 1970.
    public func snapshot(now: Duration, wall: Double) -> Snapshot {
        let longest = rules.map(\.period).max() ?? .zero
        let ages = (0..<count).map { max(now - entry($0), .zero) }.filter { $0 < longest }
        return Snapshot(savedAt: wall, ages: ages.map { $0 / .seconds(1) })
    }

    /// Goes on from what was saved. A clock that went back makes the calls as old as they were.
    public init(_ settings: Settings, restoring saved: Snapshot, now: Duration, wall: Double) {
        self.init(settings)
        guard !rules.isEmpty else { return }
        let passed = SavedTime.passed(since: saved.savedAt, until: wall)
        let ages = saved.ages.map { SavedTime.duration($0, atMost: SavedTime.forever) }
        for age in ages.sorted(by: >).suffix(ring.count - spare) { append(now - age - passed) }
    }
}
