/// Writes JSON for people: an entry a line, indented, with blanks around colons, no escapes that need not be.
///
/// What is written for every job is written by this. Foundation's encoder gives the same text, for ten
/// times the time.
struct RecordWriter {
    private(set) var bytes: [UInt8] = []
    private var depth = 0
    /// Whether the object or array that is being written has an entry yet.
    private var hasEntries = false

    init() { bytes.reserveCapacity(2048) }

    /// What can be a value.
    protocol Value {
        func write(to writer: inout RecordWriter)
    }

    /// Writes an object. Its entries have to be in the order of their keys.
    mutating func object(_ entries: (inout RecordWriter) -> Void) {
        enclosed(UInt8(ascii: "{"), UInt8(ascii: "}"), entries)
    }

    /// Writes an entry of an object; none for a value that there is not.
    mutating func entry(_ key: StaticString, _ value: (some Value)?) {
        guard let value else { return }
        beginEntry()
        key.withUTF8Buffer { string($0) }
        bytes += " : ".utf8
        value.write(to: &self)
    }

    /// Writes an object whose keys are not known beforehand.
    mutating func dictionary(_ values: [String: some Value]) {
        object { writer in
            // By code units, as Foundation's keys are sorted.
            for (key, value) in values.sorted(by: {
                $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }) {
                writer.beginEntry()
                writer.string(key)
                writer.bytes += " : ".utf8
                value.write(to: &writer)
            }
        }
    }

    /// Writes an array.
    mutating func array(_ values: [some Value]) {
        enclosed(UInt8(ascii: "["), UInt8(ascii: "]")) { writer in
            for value in values {
                writer.beginEntry()
                value.write(to: &writer)
            }
        }
    }

    /// Writes a string.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string($0) }
    }

    /// Writes a number or a word as it is.
    mutating func literal(_ text: String) { bytes += text.utf8 }

    private mutating func enclosed(
        _ opening: UInt8, _ closing: UInt8, _ entries: (inout RecordWriter) -> Void
    ) {
        bytes.append(opening)
        depth += 1
        hasEntries = false
        entries(&self)
        depth -= 1
        if hasEntries { newLine() }
        bytes.append(closing)
        hasEntries = true
    }

    private mutating func beginEntry() {
        if hasEntries { bytes.append(UInt8(ascii: ",")) }
        hasEntries = true
        newLine()
    }

    private mutating func newLine() {
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { bytes += "  ".utf8 }
    }

    private mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.appendJSONString(text)
    }
}

extension String: RecordWriter.Value {
    func write(to writer: inout RecordWriter) { writer.string(self) }
}

extension Int: RecordWriter.Value {
    func write(to writer: inout RecordWriter) { writer.literal(String(self)) }
}

extension Bool: RecordWriter.Value {
    func write(to writer: inout RecordWriter) { writer.literal(self ? "true" : "false") }
}

extension UInt32: RecordWriter.Value {
    func write(to writer: inout RecordWriter) { writer.literal(String(self)) }
}

extension Double: RecordWriter.Value {
    func write(to writer: inout RecordWriter) {
        // As Foundation writes it. What JSON has no word for is never in a record.
        let text = isFinite ? description : "0"
        writer.literal(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }
}

extension Array: RecordWriter.Value where Element: RecordWriter.Value {
    func write(to writer: inout RecordWriter) { writer.array(self) }
}

extension Dictionary: RecordWriter.Value where Key == String, Value: RecordWriter.Value {
    func write(to writer: inout RecordWriter) { writer.dictionary(self) }
}
