/// What is to be done later, each at its time. Looking when the next is due costs nothing, however
/// many there are.
struct Schedule<Key: Hashable, Time: Comparable> {
    private var times: [Key: Time] = [:]
    /// No time is earlier. It may be earlier than all, when what was due then was taken off.
    private(set) var earliest: Time?

    /// How many there are.
    var count: Int { times.count }

    /// The time of one; nil if it is not here.
    subscript(key: Key) -> Time? { times[key] }

    /// Puts one on, or changes its time.
    mutating func set(_ key: Key, to time: Time) {
        times[key] = time
        earliest = min(earliest ?? time, time)
    }

    /// Takes one off.
    mutating func remove(_ key: Key) {
        times[key] = nil
        if times.isEmpty { earliest = nil }
    }

    /// Takes off all that are due at `now`.
    mutating func takeDue(at now: Time) -> [Key] {
        guard let earliest, earliest <= now else { return [] }
        let due = times.filter { $0.value <= now }.map(\.key)
        for key in due { times[key] = nil }
        self.earliest = times.values.min()
        return due
    }
}
