extension JSONNode {
    /// Parses a whole text, which may be hostile: in time linear in its length, and within
    /// `limits`. A key that occurs twice in an object is an error, since readers disagree which of
    /// the two counts.
    /// The text begins at `start`, if it is part of another.
    public init(
        parsing bytes: [UInt8], dialect: JSONDialect = .strict, limits: JSONLimits = JSONLimits(),
        from start: JSONPosition = JSONPosition(line: 1, column: 1)
    ) throws(JSONError) {
        var parser = JSONParser(bytes, dialect, limits, from: start)
        self = try parser.document()
    }
}

/// A recursive-descent parser for both dialects. What is here is the structure; blanks, strings,
/// names and numbers have a file each.
struct JSONParser {
    let dialect: JSONDialect
    let limits: JSONLimits
    var cursor: JSONCursor
    /// The way to the value being read; as long as the nesting is deep.
    private var path = JSONPath.root

    init(
        _ bytes: [UInt8], _ dialect: JSONDialect, _ limits: JSONLimits,
        from start: JSONPosition = JSONPosition(line: 1, column: 1)
    ) {
        self.dialect = dialect
        self.limits = limits
        cursor = JSONCursor(bytes, from: start)
    }

    mutating func document() throws(JSONError) -> JSONNode {
        guard cursor.bytes.count <= limits.size else {
            throw error("the text has \(cursor.bytes.count) bytes, more than \(limits.size)")
        }
        try refuseByteOrderMark()
        try skipBlanks()
        guard !cursor.isAtEnd else { throw truncated("the text is empty") }
        let node = try value()
        try skipBlanks()
        guard cursor.isAtEnd else {
            throw error("there is more after the end of the document: \(try nextDescribed())")
        }
        return node
    }

    private mutating func value() throws(JSONError) -> JSONNode {
        let start = cursor.position
        guard let next = cursor.next else { throw truncated("ends where a value should be") }
        switch next {
        case UInt8(ascii: "{"): return JSONNode(.object(try members()), at: start)
        case UInt8(ascii: "["): return JSONNode(.array(try elements()), at: start)
        case UInt8(ascii: "\""): return JSONNode(.string(try string()), at: start)
        case UInt8(ascii: "'"): return JSONNode(.string(try string()), at: start)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."):
            return JSONNode(.number(try number()), at: start)
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            return JSONNode(try literal(), at: start)
        default:
            throw error("expected a value, not \(try nextDescribed())")
        }
    }

    private mutating func members() throws(JSONError) -> [JSONMember] {
        try open("object")
        var members: [JSONMember] = []
        var seen: [String: JSONPosition] = [:]
        while !cursor.take(UInt8(ascii: "}")) {
            if !members.isEmpty {
                try comma(orEnd: "}", of: "object")
                if try trailing("}") { break }
            }
            let start = cursor.position
            let key = try self.key()
            if let first = seen.updateValue(start, forKey: key) {
                throw JSONError(
                    path: path.appending(key), position: start,
                    reason: "'\(key.excerpt(atMost: 40))' is given twice, first at \(first)")
            }
            try skipBlanks()
            guard cursor.take(UInt8(ascii: ":")) else {
                guard !cursor.isAtEnd else { throw truncated("ends after a key") }
                throw error("expected ':' after the key, not \(try nextDescribed())")
            }
            try skipBlanks()
            path.components.append(.key(key))
            members.append(JSONMember(key: key, at: start, node: try value()))
            path.components.removeLast()
            try skipBlanks()
        }
        return members
    }

    private mutating func elements() throws(JSONError) -> [JSONNode] {
        try open("array")
        var elements: [JSONNode] = []
        while !cursor.take(UInt8(ascii: "]")) {
            if !elements.isEmpty {
                try comma(orEnd: "]", of: "array")
                if try trailing("]") { break }
            }
            path.components.append(.index(elements.count))
            elements.append(try value())
            path.components.removeLast()
            try skipBlanks()
        }
        return elements
    }

    private mutating func open(_ kind: String) throws(JSONError) {
        guard path.components.count < limits.depth else {
            throw error("nested more than \(limits.depth) deep")
        }
        cursor.advance()
        try skipBlanks()
    }

    private mutating func comma(
        orEnd end: Unicode.Scalar, of kind: String
    ) throws(JSONError) {
        guard cursor.take(UInt8(ascii: ",")) else {
            guard !cursor.isAtEnd else { throw truncated("ends within an \(kind)") }
            throw error("expected ',' or '\(end)', not \(try nextDescribed())")
        }
        try skipBlanks()
    }

    /// Takes the end of an object or array that follows its last comma, where that is allowed.
    private mutating func trailing(_ end: Unicode.Scalar) throws(JSONError) -> Bool {
        guard cursor.next == UInt8(ascii: end) else { return false }
        guard dialect == .json5 else {
            throw error("a comma before '\(end)'", hint: "Leave out the last comma")
        }
        return cursor.take(UInt8(ascii: end))
    }
}

extension JSONParser {
    /// An error at the cursor, or where it says.
    func error(
        _ reason: String, hint: String? = nil, at position: JSONPosition? = nil
    ) -> JSONError {
        JSONError(
            path: path, position: position ?? cursor.position, reason: reason, hint: hint)
    }

    /// The text ended before the document did.
    func truncated(_ reason: String) -> JSONError {
        JSONError(path: path, position: cursor.position, reason: reason, isTruncated: true)
    }

    /// The scalar at the cursor, which is not at the end, and its width in bytes.
    func scalar() throws(JSONError) -> (Unicode.Scalar, width: Int) {
        switch cursor.decode() {
        case .scalar(let scalar, let width): return (scalar, width)
        case .incomplete: throw truncated("ends within a character")
        case .invalid: throw error("not UTF-8", hint: "Save the file as UTF-8")
        }
    }

    /// The scalar at the cursor as a message names it.
    func nextDescribed() throws(JSONError) -> String {
        let (scalar, _) = try scalar()
        let code = String(scalar.value, radix: 16, uppercase: true)
        let number = "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
        if scalar.isASCII && !scalar.isControl { return "'\(scalar)'" }
        return scalar.properties.isWhitespace || scalar.isControl
            ? number : "'\(scalar)' (\(number))"
    }
}
