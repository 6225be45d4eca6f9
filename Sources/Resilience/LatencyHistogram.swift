/// How long calls took, in buckets whose width is a thirty-second of their value or less, so that a
/// quantile is within 1.6% of what it would be of the values themselves.
///
/// From 1 µs to 12 days; what is shorter or longer counts as that. Its size never changes. See Gil
/// Tene's HdrHistogram.
public struct LatencyHistogram: Hashable, Sendable {
    /// Each power of two has so many buckets.
    private static let divisions = 32
    private static let divisionBits = 5
    private static let longest = UInt64(1) << 40
    private static let size = (40 - divisionBits + 1) * divisions + 1

    private var buckets = [UInt64](repeating: 0, count: size)
    /// How many calls there were.
    public private(set) var count: UInt64 = 0

    /// Makes an empty one.
    public init() {}

    /// Counts a call.
    public mutating func record(_ duration: Duration) {
        buckets[Self.index(Self.microseconds(duration))] += 1
        count += 1
    }

    /// Adds what another one counted.
    public mutating func merge(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        count += other.count
    }

    /// What this share of the calls took at most, from 0 to 1: 0.95 is p95. Nil if there were none.
    public func quantile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        let wanted = (min(max(share, 0), 1) * Double(count)).rounded(.up)
        let rank = max(UInt64(wanted), 1)
        var seen: UInt64 = 0
        for (index, number) in buckets.enumerated() where number > 0 {
            seen += number
            if seen >= rank { return .microseconds(Int64(Self.middle(index))) }
        }
        return nil
    }

    private static func microseconds(_ duration: Duration) -> UInt64 {
        guard duration > .zero else { return 0 }
        let (seconds, attoseconds) = duration.components
        guard seconds < Int64(longest / 1_000_000) else { return longest }
        return UInt64(seconds) * 1_000_000 + UInt64(attoseconds) / 1_000_000_000_000
    }

    /// Up to 64 a bucket for each value; from there 32 for each power of two.
    private static func index(_ value: UInt64) -> Int {
        guard value >= UInt64(divisions) else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - divisionBits
        return shift * divisions + Int(value >> UInt64(shift))
    }

    private static func middle(_ index: Int) -> UInt64 {
        guard index >= 2 * divisions else { return UInt64(index) }
        let shift = UInt64(index / divisions - 1)
        let low = UInt64(index % divisions + divisions) << shift
        return low + (UInt64(1) << shift) / 2
    }
}

extension LatencyHistogram: Codable {
    /// As pairs of a bucket and its number, without those that are empty.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for (index, number) in buckets.enumerated() where number > 0 {
            try container.encode(UInt64(index))
            try container.encode(number)
        }
    }

    /// Reads what `encode` wrote; a bucket there is not is an error.
    public init(from decoder: any Decoder) throws {
        self.init()
        var container = try decoder.unkeyedContainer()
        while !container.isAtEnd {
            let index = try container.decode(UInt64.self)
            let number = try container.decode(UInt64.self)
            let (sum, overflow) = count.addingReportingOverflow(number)
            guard index < UInt64(buckets.count), !overflow, sum <= 1 << 62 else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "a histogram has no such bucket or number")
            }
            // The same bucket twice adds up; the sum holds both.
            buckets[Int(index)] += number
            count = sum
        }
    }
}
