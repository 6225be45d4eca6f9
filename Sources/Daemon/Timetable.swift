/// When to come back to what: a binary heap, so that the next is known at once however many there
/// are.
struct Timetable<Key: Hashable> {
    typealias Instant = ContinuousClock.Instant

    private var times: [Key: Instant] = [:]
    /// An entry that does not agree with `times` any more counts for nothing.
    private var heap: [(time: Instant, key: Key)] = []

    /// How many there are.
    var count: Int { times.count }

    /// Puts it in for this time, and for no other.
    mutating func set(_ key: Key, at time: Instant) {
        guard times.updateValue(time, forKey: key) != time else { return }
        heap.append((time, key))
        var child = heap.count - 1
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes it out.
    mutating func remove(_ key: Key) { times[key] = nil }

    /// The earliest time there is.
    mutating func next() -> Instant? {
        while let first = heap.first, times[first.key] != first.time { removeFirst() }
        return heap.first?.time
    }

    /// Takes out one whose time has come.
    mutating func takeDue(at now: Instant) -> Key? {
        guard let time = next(), time <= now else { return nil }
        let key = removeFirst()
        times[key] = nil
        return key
    }

    @discardableResult
    private mutating func removeFirst() -> Key {
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].time < heap[least].time { least = child }
            if least == parent { return first.key }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
