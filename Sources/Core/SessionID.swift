/// Names one session: `session_20261123_045245_k7qa`, the second it was made in UTC and the job's
/// `JobHandle`.
///
/// Whoever makes a session still has to check that the directory is new.
public struct SessionID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// The whole name.
    public let description: String

    /// The id for a moment, in seconds since 1970, and a handle.
    public init(at seconds: Int, _ handle: JobHandle) {
        description = "session_\(CivilTime(secondsSince1970: seconds).compact)_\(handle)"
    }

    /// What the job is called in short.
    public var handle: JobHandle {
        JobHandle(description.suffix(JobHandle.length)) ?? JobHandle(0)
    }

    /// Takes `text` if it is a session id.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard parts.count == 4, parts[0].elementsEqual("session".utf8),
            parts[1].count == 8, parts[1].allSatisfy(digits.contains),
            parts[2].count == 6, parts[2].allSatisfy(digits.contains),
            parts[3].count == JobHandle.length, parts[3].allSatisfy(JobHandle.alphabet.contains)
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

    /// Orders by time, then by the handle.
    public static func < (a: SessionID, b: SessionID) -> Bool { a.description < b.description }
}
