/// Names one session: `session_20261123_045245_k7qa`, the second it was made in UTC and four
/// random characters.
///
/// The alphabet is Crockford's base 32 in lower case (no i, l, o, u), so that a person can read
/// one aloud. Four characters make a million ids a second; whoever makes a session still has to
/// check that the directory is new.
public struct SessionID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// The whole name.
    public let description: String

    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The id for a moment, in seconds since 1970, and 20 random bits (the rest is ignored).
    public init(at seconds: Int, random: UInt32) {
        let time = CivilTime(secondsSince1970: seconds)
        var text = "session_\(time.compact)_"
        for shift in [15, 10, 5, 0] {
            text.unicodeScalars.append(
                Unicode.Scalar(Self.alphabet[Int((random >> UInt32(shift)) & 31)]))
        }
        description = text
    }

    /// Takes `text` if it is a session id.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard parts.count == 4, parts[0].elementsEqual("session".utf8),
            parts[1].count == 8, parts[1].allSatisfy(digits.contains),
            parts[2].count == 6, parts[2].allSatisfy(digits.contains),
            parts[3].count == 4, parts[3].allSatisfy(Self.alphabet.contains)
        else { return nil }
        description = String(text)
    }

    /// Reads an id, refusing text that is none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = SessionID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a session id")
        }
        self = id
    }

    /// Writes the id as its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Orders by time, then by the random part.
    public static func < (a: SessionID, b: SessionID) -> Bool { a.description < b.description }
}
