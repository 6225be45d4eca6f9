import Core

/// The jobs that wait in the inbox, the most urgent first.
///
/// There may be hundreds of thousands, so a file takes few bytes: all names lie in one array, what
/// is known of a file in another, a hash table finds it by its name and a binary heap by its rank,
/// both as numbers of 32 bits.
struct WaitingFiles {
    /// What decides which goes first: the lower. Of two that are equal, the name does.
    typealias Rank = Double

    private struct Item {
        var rank: Rank
        /// What its status was when it was found to be a job.
        var stamp: UInt64
        var contents: UInt64?
        var nameStart: UInt32
        /// Where it is in the heap.
        var position: UInt32
        var nameLength: UInt8
        /// Whether the sweep has met it.
        var isSeen: Bool
    }

    private var items: [Item] = []
    private var unused: [UInt32] = []
    private var names: [UInt8] = []
    /// How many bytes of `names` belong to no item any more.
    private var garbage = 0
    private var heap: [UInt32] = []
    /// Numbers of items by the hash of their names, each in the first free place from there on.
    private var table: [UInt32] = Array(repeating: Self.none, count: 16)

    private static let none = UInt32.max

    /// How many wait.
    var count: Int { heap.count }

    /// The rank of the first.
    var firstRank: Rank? { heap.first.map { items[Int($0)].rank } }

    /// The first, and the stamp it was added with.
    var first: (name: FileName, stamp: UInt64)? {
        heap.first.map { (name(of: items[Int($0)]), items[Int($0)].stamp) }
    }

    /// The stamp a file was added with; nil if it is not here.
    func stamp(of name: FileName) -> UInt64? {
        let item = table[place(of: name)]
        return item == Self.none ? nil : items[Int(item)].stamp
    }

    /// Adds a file, or changes what is known of it. The rank of one with the same contents stays.
    mutating func add(_ name: FileName, rank: Rank, stamp: UInt64, contents: UInt64? = nil) {
        let found = table[place(of: name)]
        if found != Self.none {
            items[Int(found)].stamp = stamp
            items[Int(found)].isSeen = true
            let isTheSame = contents != nil && items[Int(found)].contents == contents
            guard !isTheSame else { return }
            items[Int(found)].contents = contents
            items[Int(found)].rank = rank
            let position = Int(items[Int(found)].position)
            sink(rise(position))
            return
        }
        if (heap.count + 1) * 2 > table.count { growTable() }
        let item = Item(
            rank: rank, stamp: stamp, contents: contents, nameStart: store(name),
            position: UInt32(heap.count),
            nameLength: UInt8(truncatingIfNeeded: name.bytes.count), isSeen: true)
        let number: UInt32
        if let free = unused.popLast() {
            number = free
            items[Int(free)] = item
        } else {
            number = UInt32(items.count)
            items.append(item)
        }
        table[place(of: name)] = number
        heap.append(number)
        _ = rise(heap.count - 1)
    }

    /// Forgets a file.
    mutating func remove(_ name: FileName) {
        let place = place(of: name)
        guard table[place] != Self.none else { return }
        let number = table[place]
        clear(place)
        removeFromHeap(Int(items[Int(number)].position))
        forget(number)
    }

    /// Takes the first.
    mutating func takeFirst() -> FileName? {
        guard let number = heap.first else { return nil }
        let name = name(of: items[Int(number)])
        remove(name)
        return name
    }

    /// Begins to find out which of them are gone: those not met, added or changed until the sweep ends.
    mutating func beginSweep() {
        for number in heap { items[Int(number)].isSeen = false }
    }

    /// Notes that a file is still there.
    mutating func meet(_ name: FileName) {
        let number = table[place(of: name)]
        if number != Self.none { items[Int(number)].isSeen = true }
    }

    /// Forgets those that were not met since the sweep began.
    mutating func endSweep() {
        for number in heap where !items[Int(number)].isSeen {
            remove(name(of: items[Int(number)]))
        }
    }

    // MARK: Names

    private func name(of item: Item) -> FileName {
        let start = Int(item.nameStart)
        // What was stored is a name.
        return FileName(bytes: names[start..<(start + Int(item.nameLength))]) ?? FileName("")
    }

    private mutating func store(_ name: FileName) -> UInt32 {
        if garbage > names.count / 2, names.count > 4096 { compactNames() }
        defer { names += name.bytes }
        return UInt32(names.count)
    }

    private mutating func compactNames() {
        var kept: [UInt8] = []
        kept.reserveCapacity(names.count - garbage)
        for number in heap {
            let start = Int(items[Int(number)].nameStart)
            items[Int(number)].nameStart = UInt32(kept.count)
            kept += names[start..<(start + Int(items[Int(number)].nameLength))]
        }
        names = kept
        garbage = 0
    }

    private mutating func forget(_ number: UInt32) {
        garbage += Int(items[Int(number)].nameLength)
        guard heap.isEmpty else {
            unused.append(number)
            return
        }
        // Nothing waits: what a crowd took is given back.
        self = WaitingFiles()
    }

    // MARK: The table

    /// Where a name is in the table, or would be.
    private func place(of name: FileName) -> Int {
        var place = Self.hash(name.bytes[...]) & (table.count - 1)
        while table[place] != Self.none, !isNamed(items[Int(table[place])], name) {
            place = (place + 1) & (table.count - 1)
        }
        return place
    }

    private func isNamed(_ item: Item, _ name: FileName) -> Bool {
        let start = Int(item.nameStart)
        return Int(item.nameLength) == name.bytes.count
            && names[start..<(start + name.bytes.count)].elementsEqual(name.bytes)
    }

    private static func hash(_ bytes: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    /// Where a name belongs in the table, if no other is there.
    private func home(of item: Item) -> Int {
        let start = Int(item.nameStart)
        return Self.hash(names[start..<(start + Int(item.nameLength))]) & (table.count - 1)
    }

    /// Empties a place, and moves up those behind it that were pushed on by it.
    private mutating func clear(_ place: Int) {
        var hole = place
        var next = place
        while true {
            next = (next + 1) & (table.count - 1)
            guard table[next] != Self.none else { break }
            let home = home(of: items[Int(table[next])])
            // It may move if its home is not between the hole and where it is.
            if (next - home) & (table.count - 1) >= (next - hole) & (table.count - 1) {
                table[hole] = table[next]
                hole = next
            }
        }
        table[hole] = Self.none
    }

    private mutating func growTable() {
        table = Array(repeating: Self.none, count: table.count * 2)
        for number in heap {
            var place = home(of: items[Int(number)])
            while table[place] != Self.none { place = (place + 1) & (table.count - 1) }
            table[place] = number
        }
    }

    // MARK: The heap

    private func isBefore(_ a: UInt32, _ b: UInt32) -> Bool {
        let (x, y) = (items[Int(a)], items[Int(b)])
        if x.rank != y.rank { return x.rank < y.rank }
        let (i, j) = (Int(x.nameStart), Int(y.nameStart))
        return names[i..<(i + Int(x.nameLength))].lexicographicallyPrecedes(
            names[j..<(j + Int(y.nameLength))])
    }

    private mutating func put(_ number: UInt32, at position: Int) {
        heap[position] = number
        items[Int(number)].position = UInt32(position)
    }

    /// Moves one towards the front as far as it belongs; returns where it got.
    private mutating func rise(_ position: Int) -> Int {
        var position = position
        let number = heap[position]
        while position > 0, isBefore(number, heap[(position - 1) / 2]) {
            put(heap[(position - 1) / 2], at: position)
            position = (position - 1) / 2
        }
        put(number, at: position)
        return position
    }

    /// Moves one towards the end as far as it belongs.
    private mutating func sink(_ position: Int) {
        var position = position
        let number = heap[position]
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, isBefore(heap[child + 1], heap[child]) { child += 1 }
            guard isBefore(heap[child], number) else { break }
            put(heap[child], at: position)
            position = child
        }
        put(number, at: position)
    }

    private mutating func removeFromHeap(_ position: Int) {
        let last = heap.removeLast()
        guard position < heap.count else { return }
        put(last, at: position)
        sink(rise(position))
    }
}
