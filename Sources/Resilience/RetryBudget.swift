/// What share of a provider's calls may be retries, over all jobs, so that one that fails is not
/// hammered by those who try again.
///
/// A bucket of tokens: every call puts a fraction of one in, time puts some in, each retry takes a
/// whole one out. See Finagle's `RetryBudget`, and the token bucket of the AWS SDKs' standard mode.
public struct RetryBudget: Sendable {
    /// How a budget is filled.
    public struct Settings: Hashable, Sendable {
        /// How many retries each call pays for, 0 to 1.
        public var ratio: Double
        /// How many retries there may be each second even if there are few calls.
        public var minimumPerSecond: Double
        /// How many can be saved up, at least 1. A new budget is full.
        public var capacity: Double

        /// Makes settings.
        public init(ratio: Double = 0.2, minimumPerSecond: Double = 0.1, capacity: Double = 20) {
            self.ratio = ratio
            self.minimumPerSecond = minimumPerSecond
            self.capacity = capacity
        }
    }

    /// What it was made with.
    public let settings: Settings
    /// How many retries are paid for, from 0 to the capacity.
    public internal(set) var balance: Double
    /// When time last put something in; nil before anything happened.
    private var filled: Duration?

    /// Makes a full budget.
    public init(_ settings: Settings = Settings()) {
        self.settings = settings
        balance = max(settings.capacity, 0)
    }

    /// Notes a call that is no retry.
    public mutating func deposit(now: Duration) {
        fill(now)
        add(settings.ratio)
    }

    /// Takes out what a retry costs. False, and nothing is taken, if that is not there.
    public mutating func withdraw(now: Duration) -> Bool {
        fill(now)
        guard balance >= 1 else { return false }
        balance -= 1
        return true
    }

    private mutating func fill(_ now: Duration) {
        if let filled, now > filled {
            add((now - filled) / .seconds(1) * settings.minimumPerSecond)
        }
        filled = max(filled ?? now, now)
    }

    private mutating func add(_ tokens: Double) {
        balance = min(balance + max(tokens, 0), max(settings.capacity, 0))
    }
}

extension RetryBudget {
    /// A budget on disk.
    public struct Snapshot: Hashable, Codable, Sendable {
        /// When it was saved, in seconds since 1970.
        public var savedAt: Double
        /// How many retries were paid for.
        public var balance: Double
    }

    /// What to write down; `wall` is the time in seconds since 1970.
    public func snapshot(now: Duration, wall: Double) -> Snapshot {
        var current = self
        current.fill(now)
        return Snapshot(savedAt: wall, balance: current.balance)
    }

    /// Goes on from what was saved. What time puts in meanwhile counts, unless the clock went back.
    public init(_ settings: Settings, restoring saved: Snapshot, now: Duration, wall: Double) {
        self.init(settings)
        balance = saved.balance > 0 ? min(saved.balance, balance) : 0
        let passed = SavedTime.passed(since: saved.savedAt, until: wall)
        add(passed / .seconds(1) * settings.minimumPerSecond)
        filled = now
    }
}
