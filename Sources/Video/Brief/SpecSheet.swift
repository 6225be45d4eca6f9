import Core

/// Job specs as the rows of a table: its first row names their fields.
///
/// The heads are fields of a job spec, `labels.KEY` for a single label, and `scenes` for a script that is scenes:
/// they are separated by lines of `---`, or where there is none by `|`. So are the elements of a field that is a
/// list. An empty cell leaves its field out.
public struct SpecSheet: Sendable {
    private enum Kind { case text, number, flag, list, scenes }

    private static let kinds: [String: Kind] = {
        var kinds: [String: Kind] = [
            "duration": .number, "priority": .number, "review": .flag, "scenes": .scenes,
        ]
        for list in ["variants", "key_points", "palette", "images"] { kinds[list] = .list }
        for text in [
            "topic", "platform", "orientation", "resolution", "category", "language", "script",
            "hook", "call_to_action", "tone", "audience", "voice", "fit", "transition", "captions",
            "music", "not_before", "id", "preset", "pipeline",
        ] { kinds[text] = .text }
        return kinds
    }()

    /// What a column can be, but for `labels.KEY`.
    public static let fields: [String] = kinds.keys.sorted()

    private enum Column {
        case field(String, Kind)
        case label(String)

        init?(_ head: String) {
            let label = "labels."
            if head.hasPrefix(label), head.utf8.count > label.utf8.count {
                self = .label(String(head.dropFirst(label.count)))
            } else if let kind = kinds[head] {
                self = .field(head == "scenes" ? "script" : head, kind)
            } else {
                return nil
            }
        }
    }

    private let columns: [Column]

    /// Reads the first row.
    public init(heads cells: [CSVReader.Cell]) throws(JSONError) {
        var heads: Set<String> = []
        var columns: [Column] = []
        for cell in cells {
            func error(_ reason: String, _ hint: String? = nil) -> JSONError {
                JSONError(path: .root, position: cell.position, reason: reason, hint: hint)
            }
            let head = cell.text
            guard !heads.contains(head) else {
                throw error("the column '\(Self.excerpt(head))' is there twice")
            }
            guard let column = Column(head) else {
                let meant = Spelling.suggestion(for: head, among: Self.fields)
                let question = meant.map { " (did you mean '\($0)'?)" } ?? ""
                throw error(
                    "no field of a job spec is called '\(Self.excerpt(head))'\(question)",
                    "The columns can be \(Self.fields.joined(separator: ", ")) and labels.KEY")
            }
            heads.insert(head)
            columns.append(column)
        }
        guard heads.contains("topic") else {
            throw JSONError(
                path: .root, position: cells.first?.position ?? JSONPosition(line: 1, column: 1),
                reason: "the column 'topic' is missing",
                hint:
                    "The first row names the fields of the job specs below it, separated by commas")
        }
        self.columns = columns
    }

    /// The spec that a row is, each value at the place of its cell.
    public func spec(_ cells: [CSVReader.Cell]) throws(JSONError) -> JSONNode {
        let start = cells.first?.position ?? JSONPosition(line: 1, column: 1)
        guard cells.count == columns.count else {
            throw JSONError(
                path: .root, position: start,
                reason: "the row has \(cells.count) cells, and the first row has \(columns.count)",
                hint: "Put a cell that has a comma in quotes")
        }
        var members: [JSONMember] = []
        var labels: [JSONMember] = []
        for (column, cell) in zip(columns, cells) where !cell.text.isEmpty {
            switch column {
            case .label(let key): labels.append(Self.member(key, .string(cell.text), cell))
            case .field(let key, let kind):
                guard !members.contains(where: { $0.key == key }) else {
                    throw JSONError(
                        path: .root.appending(key), position: cell.position,
                        reason: "script and scenes are both given", hint: "Give either")
                }
                members.append(
                    Self.member(key, Self.value(of: kind, cell.text, cell.position), cell))
            }
        }
        if let first = labels.first {
            members.append(
                JSONMember(
                    key: "labels", at: first.keyPosition,
                    node: JSONNode(.object(labels), at: first.keyPosition)))
        }
        return JSONNode(.object(members), at: start)
    }

    /// What a text says as the value of a field.
    public static func value(
        of field: String, _ text: String, _ position: JSONPosition
    ) -> JSONValue { value(of: kinds[field] ?? .text, text, position) }

    private static func value(
        of kind: Kind, _ text: String, _ position: JSONPosition
    ) -> JSONValue {
        let node = { JSONNode(.string($0), at: position) }
        switch kind {
        case .text: return .string(text)
        case .number:
            let parsed = try? JSONNode(parsing: Array(text.utf8))
            if case .number(let number) = parsed?.value { return .number(number) }
            return .string(text)
        case .flag:
            let flags = ["true": true, "false": false]
            return flags[text.lowercased()].map(JSONValue.bool) ?? .string(text)
        case .list: return .array(parts(text).map(node))
        case .scenes: return .array(scenes(text).map(node))
        }
    }

    private static func scenes(_ text: String) -> [String] {
        let lines = text.unicodeScalars.split(
            separator: "\n", omittingEmptySubsequences: false)
        let isRule = { (line: Substring.UnicodeScalarView) in trimmed(line) == "---" }
        guard lines.contains(where: isRule) else { return parts(text) }
        return lines.split(whereSeparator: isRule).map { lines in
            trimmed(lines.map { String($0) }.joined(separator: "\n").unicodeScalars[...])
        }.filter { !$0.isEmpty }
    }

    private static func parts(_ text: String) -> [String] {
        text.unicodeScalars.split(separator: "|").map(trimmed).filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: Substring.UnicodeScalarView) -> String {
        var text = text
        while text.first?.properties.isWhitespace == true { text.removeFirst() }
        while text.last?.properties.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private static func member(
        _ key: String, _ value: JSONValue, _ cell: CSVReader.Cell
    ) -> JSONMember {
        JSONMember(key: key, at: cell.position, node: JSONNode(value, at: cell.position))
    }

    private static func excerpt(_ text: String) -> String { String(text.prefix(40)) }
}
