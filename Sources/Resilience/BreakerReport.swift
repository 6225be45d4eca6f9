/// How a call failed, for people to read.
public struct FailureNote: Hashable, Codable, Sendable {
    /// Its stable name.
    public var code: String
    /// What happened.
    public var text: String

    /// Makes a note.
    public init(code: String, text: String) {
        self.code = code
        self.text = text
    }
}

/// The last failure that counted.
public struct LastFailure: Hashable, Sendable {
    /// How; nil if nobody said.
    public var note: FailureNote?
    /// When.
    public var at: Duration

    init(_ note: FailureNote?, at: Duration) {
        self.note = note
        self.at = at
    }
}

/// How often what happened since the breaker was made or reset.
public struct BreakerCounts: Hashable, Codable, Sendable {
    /// Calls that were let through.
    public internal(set) var admitted = 0
    /// Calls that were not.
    public internal(set) var refused = 0
    /// Calls that succeeded, among those whose outcome counted.
    public internal(set) var successes = 0
    /// Calls that failed, likewise.
    public internal(set) var failures = 0
    /// Calls that were slow, likewise.
    public internal(set) var slow = 0
    /// Calls that said nothing about the provider.
    public internal(set) var ignored = 0
    /// Probes that did not come back in time.
    public internal(set) var lost = 0
    /// How often it opened by itself.
    public internal(set) var trips = 0

    /// Nothing happened yet.
    public init() {}

    mutating func add(failed: Bool, slow: Bool) {
        if failed { failures += 1 } else { successes += 1 }
        if slow { self.slow += 1 }
    }
}

/// A breaker as an operator sees it.
public struct BreakerReport: Hashable, Sendable {
    /// What it does with calls.
    public let state: CircuitBreaker.State
    /// How often what happened.
    public let counts: BreakerCounts
    /// How many calls the window holds.
    public let calls: Int
    /// Which share of them failed, 0 to 1; 0 if there are none.
    public let failureRate: Double
    /// Which share of them was slow.
    public let slowRate: Double
    /// How many failed in a row.
    public let failuresInARow: Int
    /// The last failure that counted.
    public let lastFailure: LastFailure?
    /// How often it opened since it was last closed.
    public let trips: Int
    /// When the provider may be tried; nil if it may be now, or if only an operator can say.
    public let retryAt: Duration?
}

extension CircuitBreaker {
    /// What there is to see now.
    public func report(now: Duration) -> BreakerReport {
        var current = history
        current.advance(now)
        let seen = current.window.total
        let calls = Double(max(seen.calls, 1))
        return BreakerReport(
            state: state, counts: counts, calls: seen.calls,
            failureRate: Double(seen.failures) / calls, slowRate: Double(seen.slow) / calls,
            failuresInARow: current.failuresInARow, lastFailure: lastFailure, trips: trips,
            retryAt: phase == .forcedOpen ? nil : refusedUntil(now: now))
    }
}

extension CircuitBreaker.State {
    /// The state's name.
    public var name: CircuitBreaker.Snapshot.Name {
        switch self {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        case .forcedOpen: .forcedOpen
        case .disabled: .disabled
        case .metricsOnly: .metricsOnly
        }
    }
}
