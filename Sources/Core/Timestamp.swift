/// A moment, kept and written to the millisecond in UTC: `2026-11-23T04:52:45.250Z` (RFC 3339).
public struct Timestamp: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970.
    public var milliseconds: Int

    /// The first and the last second that RFC 3339 can write: years have four digits.
    private static let writable = -62_167_219_200.0...253_402_300_799.0

    /// Makes a timestamp; a moment that its text could not say is clamped. A file's times can be
    /// set to any.
    public init(secondsSince1970 seconds: Double) {
        milliseconds = Int((seconds.clamped(to: Self.writable) * 1000).rounded())
    }

    /// Before anything that happens here.
    public static let distantPast = Timestamp(secondsSince1970: 0)

    /// Seconds since 1970.
    public var secondsSince1970: Double { Double(milliseconds) / 1000 }

    /// The text, without milliseconds when there are none.
    public var description: String {
        let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
        let rest = milliseconds - seconds * 1000
        let whole = CivilTime(secondsSince1970: seconds).rfc3339
        guard rest != 0 else { return whole }
        return "\(whole.dropLast()).\(String(1000 + rest).dropFirst())Z"
    }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let seconds = CivilTime.secondsSince1970(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not an RFC 3339 date-time")
        }
        let fraction = text.split(separator: ".").dropFirst().first?.prefix { $0.isNumber } ?? ""
        milliseconds = seconds * 1000 + (Int((fraction + "000").prefix(3)) ?? 0)
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Orders by time.
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// How long from `start` to here; negative if it is yet to come, or the clock was set back.
    public func since(_ start: Timestamp) -> Duration {
        .milliseconds(milliseconds - start.milliseconds)
    }
}

extension Comparable {
    /// The nearest value in `range`.
    public func clamped(to range: ClosedRange<Self>) -> Self {
        min(max(self, range.lowerBound), range.upperBound)
    }
}
