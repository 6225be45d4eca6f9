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

    /// How many there are.
    var count: Int { wakeTimes.count }

    /// Whether it is among them.
    func contains(_ id: SessionID) -> Bool { wakeTimes[id] != nil }

    /// Puts a job in: due at `until`, and at the latest `wait` from `instant`, if that is given.
    mutating func add(_ id: SessionID, until: Timestamp, wait: Duration? = nil, at instant: Instant)
    {
        wakeTimes.set(id, to: until)
        ends.remove(id)
        if let wait { ends.set(id, to: instant + wait) }
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
    }

    /// Takes out the jobs that are due.
    mutating func takeDue(at now: Timestamp, _ instant: Instant) -> [SessionID] {
        let awake = wakeTimes.takeDue(at: now)
        for id in awake { ends.remove(id) }
        let waited = ends.takeDue(at: instant)
        for id in waited { wakeTimes.remove(id) }
        return awake + waited
    }

    /// How long it is at least until one is due; nil if there is none.
    func timeToNext(at now: Timestamp, _ instant: Instant) -> Duration? {
        let times = [wakeTimes.earliest?.since(now), ends.earliest.map { $0 - instant }]
        return times.compactMap(\.self).min()
    }
}
