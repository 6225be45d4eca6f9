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

    private struct Entry {
        var until: Timestamp
        var latest: Instant?
    }

    private var entries: [SessionID: Entry] = [:]
    /// Nothing is due before these.
    private var bound: (until: Timestamp?, latest: Instant?) = (nil, nil)

    /// How many there are.
    var count: Int { entries.count }

    /// Whether it is among them.
    func contains(_ id: SessionID) -> Bool { entries[id] != nil }

    /// Puts a job in: due at `until`, and at the latest `wait` from `instant`, if that is given.
    mutating func add(_ id: SessionID, until: Timestamp, wait: Duration? = nil, at instant: Instant)
    {
        add(id, Entry(until: until, latest: wait.map { instant + $0 }))
    }

    /// Takes note of the wake time that stands on a job's file. If it is another, an operator
    /// means it.
    mutating func notice(_ id: SessionID, until: Timestamp) {
        guard let entry = entries[id], entry.until != until else { return }
        add(id, Entry(until: until, latest: nil))
    }

    /// Takes out the jobs that are due.
    mutating func takeDue(at now: Timestamp, _ instant: Instant) -> [SessionID] {
        guard timeToNext(at: now, instant).map({ $0 <= .zero }) == true else { return [] }
        let due = entries.filter { _, entry in
            entry.until <= now || entry.latest.map { $0 <= instant } == true
        }
        bound = (nil, nil)
        for (id, entry) in entries where due[id] == nil { add(id, entry) }
        for id in due.keys { entries[id] = nil }
        return Array(due.keys)
    }

    /// How long it is at least until one is due; nil if there is none.
    func timeToNext(at now: Timestamp, _ instant: Instant) -> Duration? {
        let times = [bound.until?.since(now), bound.latest.map { $0 - instant }]
        return entries.isEmpty ? nil : times.compactMap(\.self).min()
    }

    private mutating func add(_ id: SessionID, _ entry: Entry) {
        entries[id] = entry
        bound.until = min(bound.until ?? entry.until, entry.until)
        if let latest = entry.latest { bound.latest = min(bound.latest ?? latest, latest) }
    }
}
