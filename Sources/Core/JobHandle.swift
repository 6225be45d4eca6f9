/// What a job is called in short: four characters, the last part of its session's id. Its file has it from
/// the moment it is made, so that it can be told before there is a session.
///
/// The alphabet is Crockford's base 32 in lower case (no i, l, o, u), so that a person can read one aloud.
/// There are a million, so two jobs of different days may have the same.
public struct JobHandle: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// The four characters.
    public let description: String

    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    static let length = 4

    /// The handle of 20 bits; the rest is ignored.
    public init(_ bits: UInt32) {
        var text = ""
        for shift in [15, 10, 5, 0] {
            text.unicodeScalars.append(
                Unicode.Scalar(Self.alphabet[Int((bits >> UInt32(shift)) & 31)]))
        }
        description = text
    }

    /// That of a file by what it keeps wherever it is moved: its number, and when it was made, in nanoseconds
    /// since 1970, without which a number that is used again would give the same.
    public init(inode: UInt64, born: UInt64) {
        // The last steps of SplitMix64: every bit of the sum decides every bit of the result.
        var bits = inode &* 0x9E37_79B9_7F4A_7C15 ^ born
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        self.init(UInt32(truncatingIfNeeded: bits ^ (bits >> 31)))
    }

    /// Takes `text` if it is a handle, as people write one: in capitals, or with an o for 0 and an i or l
    /// for 1.
    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "o"), UInt8(ascii: "O"): UInt8(ascii: "0")
            case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "l"), UInt8(ascii: "L"):
                UInt8(ascii: "1")
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            default: byte
            }
        }
        guard bytes.count == Self.length, bytes.allSatisfy(Self.alphabet.contains) else {
            return nil
        }
        description = String(decoding: bytes, as: UTF8.self)
    }

    /// Reads a handle, refusing text that is none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let handle = JobHandle(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a job's handle")
        }
        self = handle
    }

    /// Writes the handle as its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Orders as text.
    public static func < (a: JobHandle, b: JobHandle) -> Bool { a.description < b.description }
}
