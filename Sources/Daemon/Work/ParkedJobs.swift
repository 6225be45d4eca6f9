import Core
import Spool

/// The jobs in `deferred/` and when each is due: at its wake time by the wall clock, or when the
/// time it was to wait has passed by the steady one, whichever is first.
///
/// A wall clock that was ahead when a job was parked, and is set right then, would otherwise make
/// it wait for as long as it was ahead. A job that waits for a date has no time to wait: for that,
/// the wall clock is what counts.
struct ParkedJobs {
    typealias Instant = ContinuousClock.Instant

    private var wakeTimes = Schedule<SessionID, Timestamp>()
    private var ends = Schedule<SessionID, Instant>()
    /// The breakers that are in a job's way, and for each the jobs by the order they came.
    private var breakers: [SessionID: [String]] = [:]
    private var waiting: [String: [SessionID: Int]] = [:]
    private var arrivals = 0
    /// Why each waits that does not wait for a date, and of how many that is the reason.
    private var causes: [SessionID: String] = [:]
    private var counts: [String: Int] = [:]

    /// How many there are.
    var count: Int { wakeTimes.count }

    /// Whether it is among them.
    func contains(_ id: SessionID) -> Bool { wakeTimes[id] != nil }

    /// Why most of those wait that do not wait for a date; of equal numbers the first by name.
    var commonCause: String? {
        counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// Puts a job in: due at `until`, and at the latest `wait` from `instant`, if that is given. The
    /// providers are those whose breakers are in its way, `cause` is why, if not for a date.
    mutating func add(
        _ id: SessionID, until: Timestamp, wait: Duration? = nil, breakers providers: [String] = [],
        because cause: String? = nil, at instant: Instant
    ) {
        remove(id)
        if let cause {
            causes[id] = cause
            counts[cause, default: 0] += 1
        }
        wakeTimes.set(id, to: until)
        if let wait { ends.set(id, to: instant + wait) }
        guard !providers.isEmpty else { return }
        arrivals += 1
        breakers[id] = providers
        for provider in providers { waiting[provider, default: [:]][id] = arrivals }
    }

    /// Takes note of the wake time that stands on a job's file. If it is another, an operator
    /// means it.
    mutating func notice(_ id: SessionID, until: Timestamp) {
        guard let known = wakeTimes[id], known != until else { return }
        wakeTimes.set(id, to: until)
        ends.remove(id)
    }

    /// Takes one out.
    mutating func remove(_ id: SessionID) {
        wakeTimes.remove(id)
        ends.remove(id)
        if let cause = causes.removeValue(forKey: id), let count = counts[cause] {
            counts[cause] = count > 1 ? count - 1 : nil
        }
        for provider in breakers.removeValue(forKey: id) ?? [] {
            waiting[provider]?[id] = nil
            if waiting[provider]?.isEmpty == true { waiting[provider] = nil }
        }
    }

    /// Whether any job waits for the breaker of a provider.
    func isAwaited(_ provider: String) -> Bool { waiting[provider] != nil }

    /// Takes out so many of the jobs that wait for the breaker of a provider, the first to come first.
    mutating func take(_ count: Int, waitingFor provider: String) -> [SessionID] {
        let ids = (waiting[provider] ?? [:]).sorted { $0.value < $1.value }.prefix(count)
            .map(\.key)
        for id in ids { remove(id) }
        return ids
    }

    /// Takes out the jobs that are due.
    mutating func takeDue(at now: Timestamp, _ instant: Instant) -> [SessionID] {
        let awake = wakeTimes.takeDue(at: now)
        for id in awake { remove(id) }
        let waited = ends.takeDue(at: instant)
        for id in waited { remove(id) }
        return awake + waited
    }

    /// How long it is at least until one is due; nil if there is none.
    func timeToNext(at now: Timestamp, _ instant: Instant) -> Duration? {
        let times = [wakeTimes.earliest?.since(now), ends.earliest.map { $0 - instant }]
        return times.compactMap(\.self).min()
    }
}
