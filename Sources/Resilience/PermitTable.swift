/// Who has been given something and has not yet given it back.
///
/// A permit is a slot and a number that is never used twice, so giving back twice, or what an earlier
/// state gave, is noticed. Slots are used again: memory is asked for only when more are out than ever
/// before.
struct PermitTable: Sendable {
    private struct Entry: Sendable {
        /// 0 while the slot is free.
        var number: UInt64
        var deadline: Duration
        /// The next free slot, while this one is free.
        var next: Int
    }

    private var entries: [Entry] = []
    private var free = -1
    private var issued: UInt64 = 0
    /// How many are out.
    private(set) var count = 0

    init(reserving capacity: Int = 16) { entries.reserveCapacity(capacity) }

    mutating func issue(deadline: Duration = SavedTime.forever) -> (slot: Int, number: UInt64) {
        issued += 1
        count += 1
        guard free >= 0 else {
            entries.append(Entry(number: issued, deadline: deadline, next: -1))
            return (entries.count - 1, issued)
        }
        let slot = free
        free = entries[slot].next
        entries[slot] = Entry(number: issued, deadline: deadline, next: -1)
        return (slot, issued)
    }

    /// Takes one back; false if it is not out.
    mutating func release(slot: Int, number: UInt64) -> Bool {
        guard entries.indices.contains(slot), entries[slot].number == number else { return false }
        entries[slot] = Entry(number: 0, deadline: .zero, next: free)
        free = slot
        count -= 1
        return true
    }

    /// Takes back all whose time is over; returns how many.
    mutating func releaseOverdue(now: Duration) -> Int {
        let before = count
        for slot in entries.indices {
            let (number, deadline) = (entries[slot].number, entries[slot].deadline)
            if number != 0, now >= deadline { _ = release(slot: slot, number: number) }
        }
        return before - count
    }

    /// Forgets all that are out; they can no longer be given back.
    mutating func clear() {
        entries.removeAll(keepingCapacity: true)
        free = -1
        count = 0
    }
}
