import Core
import FoundationEssentials

/// Reads and writes the JSON files that the daemon keeps: sorted keys, indented, so that a person
/// can read them and two of them can be compared.
public enum RecordFile {
    /// The most bytes that are read of a record: more than any that is written has.
    public static let limit = 2 * mostWritten
    /// The most bytes that the record of a job may have while it is worked on: some hundred thousand
    /// outputs. What its end adds to that is not kept out.
    static let mostWritten = 256 << 20
    /// The layout of records that this version writes; it knows no other.
    private static let format = 1

    /// A record that says which layout it has.
    protocol Versioned { var format: Int { get } }
    private struct Layout: Decodable { var format: Int }

    /// The bytes of what is written for every job.
    static func encode(_ record: some RecordWriter.Value) -> [UInt8] {
        var writer = RecordWriter()
        record.write(to: &writer)
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// The bytes of any record.
    public static func encode(
        _ record: some Encodable, subject: String, inSnakeCase: Bool = false
    ) throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        if inSnakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try Self.compacted(encoder.encode(record))
        } catch {
            throw Failure(
                .permanent, code: "record", operation: "write", subject: subject, cause: "\(error)")
        }
    }

    /// The same text, a line break at its end, with empty arrays and objects as `[]` and `{}`, which Foundation spreads over
    /// three lines. A line break is never part of a string in JSON, so one after a bracket that is
    /// followed by nothing but blanks and another bracket is all there is to look for.
    private static func compacted(_ text: Data) -> [UInt8] {
        let (newline, blank) = (UInt8(ascii: "\n"), UInt8(ascii: " "))
        return text.withUnsafeBytes { text in
            [UInt8](unsafeUninitializedCapacity: text.count + 1) { result, count in
                var pending = 0..<0
                for (index, byte) in text.enumerated() {
                    if byte == newline || byte == blank {
                        pending =
                            pending.isEmpty ? index..<(index + 1) : pending.lowerBound..<(index + 1)
                        continue
                    }
                    let closes = byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
                    let last = count > 0 ? result[count - 1] : 0
                    let opened = last == UInt8(ascii: "[") || last == UInt8(ascii: "{")
                    if !pending.isEmpty, !(closes && opened && text[pending.lowerBound] == newline)
                    {
                        for at in pending {
                            result[count] = text[at]
                            count += 1
                        }
                    }
                    pending = 0..<0
                    result[count] = byte
                    count += 1
                }
                result[count] = newline
                count += 1
            }
        }
    }

    /// The record that bytes hold.
    public static func decode<T: Decodable>(
        _ type: T.Type, from bytes: [UInt8], subject: String
    ) throws(Failure) -> T {
        let data = Data(bytes)
        do {
            let record = try JSONDecoder().decode(type, from: data)
            guard let other = (record as? any Versioned)?.format, other != format else {
                return record
            }
            throw unknownFormat(other, subject)
        } catch let failure as Failure {
            throw failure
        } catch {
            // Another layout may have other fields.
            if let layout = try? JSONDecoder().decode(Layout.self, from: data),
                layout.format != format
            {
                throw unknownFormat(layout.format, subject)
            }
            throw Failure(
                .permanent, code: "record_damaged", operation: "read", subject: subject,
                cause: "it is not a record of this version",
                hint: "See what 'reelctl fsck' says of it")
        }
    }

    private static func unknownFormat(_ format: Int, _ subject: String) -> Failure {
        Failure(
            .permanent, code: "record_newer", operation: "read", subject: subject,
            cause: "another version of reeld wrote it (format \(format))",
            hint: "Use that version again; this one leaves it as it is")
    }
}

extension SessionRecord: RecordFile.Versioned {}
extension Receipt: RecordFile.Versioned {}
extension JobIdentity.Entry: RecordFile.Versioned {}
extension ClockHistory: RecordFile.Versioned {}

extension Failure {
    /// Whether a record is not one of this version: nothing can be done with it as it is.
    public var isOfRecord: Bool { code == "record_damaged" || isOfVersion }

    /// Whether another version wrote it.
    var isOfVersion: Bool { code == "record_newer" }
}
