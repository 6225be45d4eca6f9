/// Reads an object whose fields are known, one field at a time, and in the end tells of those
/// nobody asked for.
///
/// ```swift
/// var reader = try ObjectReader(node)
/// let topic = try reader.required("topic").string(length: 1...500)
/// let duration = try reader.optional("duration")?.number(in: 5...180)
/// try reader.finish()
/// ```
public struct ObjectReader: Sendable {
    /// The object itself, for errors that are about all of it.
    public let field: JSONField
    private let members: [JSONMember]
    private var known: [String] = []

    /// Begins to read `node`, which must be an object.
    public init(_ node: JSONNode, path: JSONPath = .root) throws(JSONError) {
        field = JSONField(node, path: path)
        guard case .object(let members) = node.value else { throw field.expected("an object") }
        self.members = members
    }

    /// The field, or nil if it is left out. That is the one way to leave it out: null is an error,
    /// as in most schemas it would be.
    public mutating func optional(_ key: String) throws(JSONError) -> JSONField? {
        guard let field = nullable(key) else { return nil }
        guard field.value != .null else {
            throw field.error("must not be null", hint: "Leave the field out instead of null")
        }
        return field
    }

    /// The field, or nil if it is left out; for one where null means something else than that.
    public mutating func nullable(_ key: String) -> JSONField? {
        known.append(key)
        guard let member = members.first(where: { $0.key == key }) else { return nil }
        return JSONField(member.node, path: field.path.appending(key))
    }

    /// The field, which must be there.
    public mutating func required(_ key: String) throws(JSONError) -> JSONField {
        guard let field = try optional(key) else {
            let written = members.lazy.map(\.key).prefix(100)
            let near = written.first { Spelling.suggestion(for: $0, among: [key]) != nil }
            let question = near.map { " (is '\($0.excerpt(atMost: 40))' meant to be it?)" } ?? ""
            throw field.error("the field '\(key)' is missing\(question)")
        }
        return field
    }

    /// Ends the reading: a field nobody asked for is an error.
    public func finish() throws(JSONError) {
        guard let unknown = members.first(where: { !known.contains($0.key) }) else { return }
        let absent = known.filter { key in !members.contains { $0.key == key } }
        let meant = Spelling.suggestion(for: unknown.key, among: absent)
        let question = meant.map { " (did you mean '\($0)'?)" } ?? ""
        throw JSONError(
            path: field.path.appending(unknown.key), position: unknown.keyPosition,
            reason: "unknown field '\(unknown.key.excerpt(atMost: 40))'\(question)",
            hint: meant == nil ? "The fields are \(known.joined(separator: ", "))" : nil)
    }
}
