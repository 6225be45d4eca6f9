/// How many calls there were, and what became of them.
public struct WindowCounts: Hashable, Codable, Sendable {
    /// All of them.
    public var calls = 0
    /// Those that failed.
    public var failures = 0
    /// Those that were slow.
    public var slow = 0
}

/// How many of the calls lately failed or were slow. Its size does not depend on how many there were,
/// and its memory is asked for once.
struct OutcomeWindow: Sendable {
    private static let size = 10

    /// How many calls count; nil if it is a time.
    private let length: Int?
    private let width: Duration
    /// By time: what happened in each tenth of it. By calls: the last ones, two bits each.
    private var buckets: [WindowCounts]
    private var bits: [UInt8]
    /// The bucket, or the bit, being filled.
    private var position = 0
    /// When the newest bucket is full, and its number since the first one began.
    private var end = SavedTime.never
    private var origin = Duration.zero
    private var newest = Int.min
    private(set) var total = WindowCounts()

    init(_ window: BreakerSettings.Window) {
        switch window {
        case .calls(let number):
            length = max(number, 1)
            width = .zero
            buckets = []
            bits = [UInt8](repeating: 0, count: max(number, 1))
        case .time(let span):
            length = nil
            width = max(span / Self.size, .nanoseconds(1))
            buckets = [WindowCounts](repeating: WindowCounts(), count: Self.size)
            bits = []
        }
    }

    /// Counts a call that ended now. A clock that goes back stays in the newest bucket.
    mutating func add(failed: Bool, slow: Bool, now: Duration) {
        if let length {
            if total.calls == length { forget(bits[position]) }
            bits[position] = (failed ? 1 : 0) | (slow ? 2 : 0)
            position = position + 1 == length ? 0 : position + 1
        } else {
            advance(now)
            buckets[position].calls += 1
            buckets[position].failures += failed ? 1 : 0
            buckets[position].slow += slow ? 1 : 0
        }
        total.calls += 1
        total.failures += failed ? 1 : 0
        total.slow += slow ? 1 : 0
    }

    /// Forgets what is too long ago.
    mutating func advance(_ now: Duration) {
        guard length == nil, now >= end else { return }
        guard newest != Int.min else {
            // The first group begins with the first call.
            (origin, newest, end) = (now, 0, now + width)
            return
        }
        // One so far off that it has no number stays where it is.
        guard let number = Int(exactly: ((now - origin) / width).rounded(.down)), number < Int.max,
            number > newest
        else { return }
        let passed = min(number - newest, Self.size)
        for _ in 0..<passed {
            position = position + 1 == Self.size ? 0 : position + 1
            total.calls -= buckets[position].calls
            total.failures -= buckets[position].failures
            total.slow -= buckets[position].slow
            buckets[position] = WindowCounts()
        }
        newest = number
        end = origin + width * (number + 1)
    }

    /// Forgets everything.
    mutating func clear() {
        for index in buckets.indices { buckets[index] = WindowCounts() }
        total = WindowCounts()
        position = 0
        end = SavedTime.never
        origin = .zero
        newest = Int.min
    }

    private mutating func forget(_ outcome: UInt8) {
        total.calls -= 1
        total.failures -= outcome & 1 == 0 ? 0 : 1
        total.slow -= outcome & 2 == 0 ? 0 : 1
    }

    /// The groups of a window of time, the oldest first, and in how many seconds the newest is full.
    func savedGroups(now: Duration) -> (groups: [WindowCounts], newestEndsIn: Double) {
        guard newest != Int.min else { return ([], 0) }
        var current = self
        current.advance(now)
        let groups = (1...Self.size).map { current.buckets[(current.position + $0) % Self.size] }
        return (groups, (current.end - now) / .seconds(1))
    }

    /// The calls of a window of calls, the oldest first.
    var savedCalls: [UInt8] {
        guard let length else { return [] }
        return (0..<total.calls).map { bits[(position + length - total.calls + $0) % length] }
    }

    /// Takes in what was saved, as far as it is for a window like this.
    mutating func restore(_ saved: CircuitBreaker.Snapshot.History, passed: Duration, now: Duration)
    {
        for call in saved.calls where length != nil {
            add(failed: call & 1 != 0, slow: call & 2 != 0, now: now)
        }
        guard length == nil, saved.groups.count == Self.size else { return }
        // The newest group may not end later than if it had begun just now.
        let seconds = saved.newestEndsIn
        guard seconds > SavedTime.never / .seconds(1) else { return }
        let left = seconds < width / .seconds(1) ? Duration.seconds(seconds) : width
        end = now + left - passed
        origin = end - width
        newest = 0
        position = Self.size - 1
        for (index, group) in saved.groups.enumerated() {
            // A damaged count must not make a sum that cannot be.
            let calls = min(max(group.calls, 0), 1 << 40)
            buckets[index] = WindowCounts(
                calls: calls, failures: min(max(group.failures, 0), calls),
                slow: min(max(group.slow, 0), calls))
            total.calls += buckets[index].calls
            total.failures += buckets[index].failures
            total.slow += buckets[index].slow
        }
        advance(now)
    }
}
