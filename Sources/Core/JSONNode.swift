/// Where something stands in a JSON text. Both count from 1; a column is one Unicode scalar.
public struct JSONPosition: Hashable, Sendable, CustomStringConvertible {
    /// The line, ended by LF, CR or CR LF.
    public let line: Int
    /// The scalar within the line.
    public let column: Int

    /// Makes a position.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// `line 3, column 14`.
    public var description: String { "line \(line), column \(column)" }
}

/// A value in a JSON text, and where it begins.
public struct JSONNode: Hashable, Sendable {
    /// What it is.
    public let value: JSONValue
    /// Where it begins.
    public let position: JSONPosition

    /// Makes a node.
    public init(_ value: JSONValue, at position: JSONPosition) {
        self.value = value
        self.position = position
    }
}

/// One `"key": value` of an object.
public struct JSONMember: Hashable, Sendable {
    /// The key, its escapes resolved.
    public let key: String
    /// Where the key begins.
    public let keyPosition: JSONPosition
    /// The value.
    public let node: JSONNode

    /// Makes a member.
    public init(key: String, at keyPosition: JSONPosition, node: JSONNode) {
        self.key = key
        self.keyPosition = keyPosition
        self.node = node
    }
}

/// A JSON value. Objects keep their members in the order of the text; no key occurs twice.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONNode])
    case object([JSONMember])
}

/// A finite number.
public struct JSONNumber: Hashable, Sendable {
    /// The nearest Double.
    public let double: Double
    /// The exact value if it is integral and an Int: of `5`, `5.0` and `5e0` alike, as JSON Schema
    /// has it.
    public let integer: Int?

    /// Makes a number; `integer` is found from the Double unless the text gives it exactly.
    public init(_ double: Double, integer: Int? = nil) {
        self.double = double
        // Past 2^53 a Double no longer tells which integer was written.
        self.integer = integer ?? (abs(double) <= 0x1p53 ? Int(exactly: double) : nil)
    }
}

extension JSONValue {
    /// The value as an error message quotes it: scalars as they are, cut short, the rest by kind.
    public var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let number): number.integer.map(String.init) ?? "\(number.double)"
        case .string(let text): "\"\(text.excerpt(atMost: 40))\""
        case .array(let elements): elements.isEmpty ? "an empty array" : "an array"
        case .object: "an object"
        }
    }
}

extension String {
    /// The text on one line and no longer than `count` scalars, for quoting in a message.
    func excerpt(atMost count: Int) -> String {
        var text = ""
        for scalar in unicodeScalars.prefix(count) {
            text += scalar.isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return unicodeScalars.dropFirst(count).isEmpty ? text : text + "…"
    }
}

extension Unicode.Scalar {
    /// Whether it is one of U+0000 to U+001F and U+007F to U+009F, `\n` and `\t` among them.
    public var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
