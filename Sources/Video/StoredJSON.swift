import Core
import FoundationEssentials

/// JSON files that one step writes and another reads. Equal values give equal bytes.
enum StoredJSON {
    /// The bytes of a value, keys sorted, with a final newline.
    static func encode(_ value: some Encodable, place: String) throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw Failure(
                .permanent, code: "unencodable", operation: "write", subject: place,
                cause: "\(error)")
        }
    }

    /// The value of a file's bytes.
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], place: String
    ) throws(Failure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw Failure(
                .permanent, code: "unreadable_output", operation: "read", subject: place,
                cause: "it is not the JSON expected there (\(error))",
                hint: "The step that made it has to be run again")
        }
    }
}
