/// How many calls succeeded and failed lately, counted in ten buckets so that its size does not depend
/// on how many there were.
struct OutcomeWindow: Hashable, Sendable {
    private struct Bucket: Hashable, Sendable {
        var calls = 0
        var failures = 0
    }

    private static let size = 10

    private let width: Duration
    private var buckets = [Bucket](repeating: Bucket(), count: size)
    /// The number, since the origin of time, of the bucket being filled.
    private var newest = Int.min

    init(span: Duration) { width = max(span / Self.size, .nanoseconds(1)) }

    var calls: Int { buckets.reduce(0) { $0 + $1.calls } }
    var failures: Int { buckets.reduce(0) { $0 + $1.failures } }

    /// Counts a call that ended now. A clock that goes back stays in the newest bucket.
    mutating func add(failed: Bool, now: Duration) {
        advance(to: Int(exactly: (now / width).rounded(.down)) ?? newest)
        let index = Self.index(newest)
        buckets[index].calls += 1
        buckets[index].failures += failed ? 1 : 0
    }

    private mutating func advance(to number: Int) {
        guard number > newest else { return }
        let first = max(newest, number - Self.size)
        newest = number
        for passed in first..<number { buckets[Self.index(passed + 1)] = Bucket() }
    }

    private static func index(_ number: Int) -> Int { (number % size + size) % size }
}
