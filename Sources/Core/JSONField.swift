/// A value in a JSON text with the path to it, to be read as what the reader expects. Every
/// reading that fails names the path, the place, what was expected and what was found.
public struct JSONField: Sendable {
    /// The value and where it begins.
    public let node: JSONNode
    /// The way to it.
    public let path: JSONPath

    /// Makes a field; for the whole of a document the path is the root.
    public init(_ node: JSONNode, path: JSONPath = .root) {
        self.node = node
        self.path = path
    }

    /// The value, for those who take any.
    public var value: JSONValue { node.value }

    /// An error about this value.
    public func error(_ reason: String, hint: String? = nil) -> JSONError {
        JSONError(path: path, position: node.position, reason: reason, hint: hint)
    }

    /// The error that says what was expected and what was found.
    public func expected(_ what: String, hint: String? = nil) -> JSONError {
        error("must be \(what), not \(value.summary)", hint: hint)
    }

    /// Reads true or false.
    public func bool() throws(JSONError) -> Bool {
        guard case .bool(let bool) = value else { throw expected("true or false") }
        return bool
    }

    /// Reads a number.
    public func number(
        in range: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) throws(JSONError) -> Double {
        guard case .number(let number) = value, range.contains(number.double) else {
            let bounds = range.words(
                least: -.greatestFiniteMagnitude, most: .greatestFiniteMagnitude
            ) { JSONValue.number(JSONNumber($0)).summary }
            throw expected("a number\(bounds)")
        }
        return number.double
    }

    /// Reads an integer; `5.0` is one.
    public func integer(
        in range: ClosedRange<Int> = .min ... .max
    ) throws(JSONError) -> Int {
        guard case .number(let number) = value, let integer = number.integer,
            range.contains(integer)
        else {
            throw expected("an integer\(range.words(least: .min, most: .max, text: String.init))")
        }
        return integer
    }

    /// Reads a string of so many Unicode scalars, which is how JSON Schema counts.
    public func string(length range: ClosedRange<Int> = 0 ... .max) throws(JSONError) -> String {
        guard case .string(let string) = value else { throw expected("a string") }
        let length = string.unicodeScalars.count
        guard range.contains(length) else {
            throw error("must have \(range.count(of: "character", "characters")), not \(length)")
        }
        return string
    }

    /// Reads one of the names an enumeration has.
    public func choice<Choice>(of type: Choice.Type = Choice.self) throws(JSONError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        let names = Choice.allCases.map(\.rawValue)
        let list = "one of \(names.joined(separator: ", "))"
        guard case .string(let string) = value else { throw expected(list) }
        // Bytes, not characters: text made to be slow to compare must not be compared as text.
        guard let choice = Choice.allCases.first(where: { $0.rawValue.isSameBytes(as: string) })
        else {
            let meant = Spelling.suggestion(for: string, among: names)
            let question = meant.map { " (did you mean '\($0)'?)" } ?? ""
            throw error("must be \(list), not \(value.summary)\(question)")
        }
        return choice
    }

    /// Reads an array.
    public func elements(
        count range: ClosedRange<Int> = 0 ... .max
    ) throws(JSONError) -> [JSONField] {
        guard case .array(let nodes) = value else { throw expected("an array") }
        guard range.contains(nodes.count) else {
            throw error("must have \(range.count(of: "element", "elements")), not \(nodes.count)")
        }
        return nodes.enumerated().map { JSONField($1, path: path.appending($0)) }
    }

    /// Reads an object whose fields are known.
    public func object() throws(JSONError) -> ObjectReader {
        try ObjectReader(node, path: path)
    }

    /// Reads an object whose keys are the writer's to choose, in the order of the text.
    public func entries(
        count range: ClosedRange<Int> = 0 ... .max
    ) throws(JSONError) -> [JSONEntry] {
        guard case .object(let members) = value else { throw expected("an object") }
        guard range.contains(members.count) else {
            throw error("must have \(range.count(of: "field", "fields")), not \(members.count)")
        }
        return members.map { member in
            JSONEntry(
                key: member.key, keyPosition: member.keyPosition,
                field: JSONField(member.node, path: path.appending(member.key)))
        }
    }

    /// Reads an object of strings whose keys are the writer's to choose.
    public func strings(
        count range: ClosedRange<Int> = 0 ... .max
    ) throws(JSONError) -> [String: String] {
        var strings: [String: String] = [:]
        for entry in try entries(count: range) { strings[entry.key] = try entry.field.string() }
        return strings
    }
}

/// A member of an object whose keys are the writer's to choose.
public struct JSONEntry: Sendable {
    /// The key.
    public let key: String
    /// Where the key begins.
    public let keyPosition: JSONPosition
    /// The value.
    public let field: JSONField

    /// An error about the key.
    public func error(_ reason: String, hint: String? = nil) -> JSONError {
        JSONError(path: field.path, position: keyPosition, reason: reason, hint: hint)
    }
}

extension String {
    /// Whether both are the same scalars; canonical equivalence does not count.
    fileprivate func isSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension ClosedRange {
    /// ` from 5 to 180`, ` of at least 5`, ` of at most 180` or nothing, where `least` and `most`
    /// are as good as no bound.
    fileprivate func words(least: Bound, most: Bound, text: (Bound) -> String) -> String {
        switch (lowerBound <= least, upperBound >= most) {
        case (true, true): ""
        case (false, true): " of at least \(text(lowerBound))"
        case (true, false): " of at most \(text(upperBound))"
        case (false, false): " from \(text(lowerBound)) to \(text(upperBound))"
        }
    }
}

extension ClosedRange<Int> {
    /// `1 to 40 elements`, `at least 1 element`, `at most 40 elements`.
    fileprivate func count(of one: String, _ many: String) -> String {
        let noun = { $0 == 1 ? one : many }
        if upperBound == .max { return "at least \(lowerBound) \(noun(lowerBound))" }
        if lowerBound <= 0 { return "at most \(upperBound) \(noun(upperBound))" }
        return lowerBound == upperBound
            ? "\(lowerBound) \(noun(lowerBound))"
            : "\(lowerBound) to \(upperBound) \(many)"
    }
}
