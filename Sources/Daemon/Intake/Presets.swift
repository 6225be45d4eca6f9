import Core
import Spool
import Video

/// What job specs take from the configuration: the fields that a spec does not have from the preset that it
/// names, then from what holds for all.
public struct Presets: Hashable, Sendable {
    /// Fields of a job spec.
    public struct Fields: Hashable, Sendable {
        /// In the order of the configuration.
        var members: [JSONMember] = []
    }

    /// The presets by name.
    public var named: [String: Fields] = [:]
    /// What all specs have that neither they nor their presets say otherwise.
    public var defaults = Fields()

    /// Fields of which one that a spec has says that it has none of the others.
    private static let alternatives = [["script", "key_points"], ["orientation", "resolution"]]

    /// A spec with all that it takes from here.
    struct Merged {
        var brief: Brief
        /// What to put on record; nil if it is just what the spec says.
        var effective: EffectiveSpec?
    }

    /// Reads a spec and completes it. Errors are at the place in the spec that they are about: for what a preset
    /// says, where the spec names it.
    func complete(_ bytes: [UInt8]) throws(JSONError) -> Merged {
        try complete(JSONNode(parsing: bytes))
    }

    /// The same for what was parsed.
    func complete(_ node: JSONNode) throws(JSONError) -> Merged {
        guard case .object(let own) = node.value else {
            return Merged(brief: try Brief(node))
        }
        var merge = Merge(own)
        var preset: String?
        if let member = own.first(where: { $0.key == "preset" }) {
            let name = try name(of: member)
            merge.add(named[name] ?? Fields(), from: "preset \(name)", at: member.node.position)
            preset = name
        }
        merge.add(defaults, from: "defaults", at: node.position)
        let whole = JSONNode(.object(merge.members), at: node.position)
        let brief: Brief
        do throws(JSONError) { brief = try Brief(whole) } catch { throw merge.explain(error) }
        merge.settleMoment(of: brief)
        guard preset != nil || merge.members != own else { return Merged(brief: brief) }
        let bytes = JSONNode(.object(merge.members), at: node.position).text
        return Merged(
            brief: brief,
            effective: EffectiveSpec(bytes: bytes, preset: preset, origins: merge.origins))
    }

    private func name(of member: JSONMember) throws(JSONError) -> String {
        let field = JSONField(member.node, path: .root.appending(member.key))
        let name = try Brief.presetName(field)
        if named[name] != nil { return name }
        let names = named.keys.sorted()
        let meant = Spelling.suggestion(for: name, among: names)
        let question = meant.map { " (did you mean '\($0)'?)" } ?? ""
        throw field.error(
            "there is no preset '\(name)'\(question)",
            hint: names.isEmpty
                ? "The configuration has none: leave the field out"
                : "The presets are \(names.joined(separator: ", "))")
    }

    /// A spec that grows.
    private struct Merge {
        private(set) var members: [JSONMember]
        private(set) var origins: [String: String] = [:]

        init(_ own: [JSONMember]) {
            members = own
            for member in own { note(member, from: "spec") }
        }

        private mutating func note(_ member: JSONMember, from origin: String) {
            guard case .object(let entries) = member.node.value else {
                return origins[member.key] = origin
            }
            for entry in entries { origins["\(member.key).\(entry.key)"] = origin }
        }

        /// Adds the fields that are not there yet. Objects are merged by their keys.
        mutating func add(_ fields: Fields, from origin: String, at position: JSONPosition) {
            let before = Set(members.map(\.key))
            for member in fields.members.map({ $0.moved(to: position) }) {
                guard let index = members.firstIndex(where: { $0.key == member.key }) else {
                    let others = alternatives.filter { $0.contains(member.key) }.joined()
                    if before.isDisjoint(with: others) {
                        members.append(member)
                        note(member, from: origin)
                    }
                    continue
                }
                let held = members[index]
                guard case .object(var entries) = held.node.value,
                    case .object(let offered) = member.node.value
                else { continue }
                let keys = Set(entries.map(\.key))
                let new = offered.filter { !keys.contains($0.key) }
                guard !new.isEmpty else { continue }
                entries += new
                for entry in new { origins["\(member.key).\(entry.key)"] = origin }
                members[index] = JSONMember(
                    key: held.key, at: held.keyPosition,
                    node: JSONNode(.object(entries), at: held.node.position))
            }
        }

        /// Says of an error in what is not the spec's own where that is from.
        func explain(_ error: JSONError) -> JSONError {
            guard let field = error.location.field else { return error }
            let parts = origins.filter { $0.key.hasPrefix("\(field).") }.values
            guard
                let origin = origins[field]
                    ?? (error.location.isField ? Set(parts).sorted().last { $0 != "spec" } : nil),
                origin != "spec"
            else { return error }
            let source = origin == "defaults" ? "the configuration's defaults" : origin
            return error.remarking(
                origins[field] == nil ? "some of it from \(source)" : "which is from \(source)")
        }

        /// Puts the moment in the place of a local time, which is another where the time zone is.
        mutating func settleMoment(of brief: Brief) {
            guard let moment = brief.notBefore, Self.years.contains(moment),
                let index = members.firstIndex(where: { $0.key == "not_before" }),
                case .string(let text) = members[index].node.value,
                CivilTime.secondsSince1970(rfc3339: text) == nil
            else { return }
            let member = members[index]
            let time = CivilTime(secondsSince1970: moment).rfc3339
            members[index] = JSONMember(
                key: member.key, at: member.keyPosition,
                node: JSONNode(.string(time), at: member.node.position))
        }

        /// The years that RFC 3339 has.
        private static let years = -62_167_219_200...253_402_300_799
    }
}

extension Presets.Fields: Encodable {
    /// Writes them as the object that they are.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        // Keys of a dictionary are left as they are, unlike those of a type.
        try container.encode(
            Dictionary(
                members.map { ($0.key, Written(value: $0.node.value)) }, uniquingKeysWith: { $1 }))
    }

    private struct Written: Encodable {
        var value: JSONValue

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .null: try container.encodeNil()
            case .bool(let bool): try container.encode(bool)
            case .number(let number):
                if let integer = number.integer {
                    try container.encode(integer)
                } else {
                    try container.encode(number.double)
                }
            case .string(let text): try container.encode(text)
            case .array(let nodes):
                try container.encode(nodes.map { Written(value: $0.value) })
            case .object(let members):
                try container.encode(
                    Dictionary(
                        members.map { ($0.key, Written(value: $0.node.value)) },
                        uniquingKeysWith: { $1 }))
            }
        }
    }
}

extension JSONField {
    /// The fields that a preset gives, checked as those of a spec.
    func presetFields() throws(JSONError) -> (fields: Presets.Fields, brief: Brief) {
        let brief = try Brief(shared: self)
        guard case .object(let members) = value else { throw expected("an object") }
        let start = JSONPosition(line: 1, column: 1)
        return (Presets.Fields(members: members.map { $0.moved(to: start) }), brief)
    }

    /// The presets of the configuration, by name.
    func presets() throws(JSONError) -> [(name: String, field: JSONField)] {
        var presets: [(name: String, field: JSONField)] = []
        for entry in try entries(count: 0...1000) {
            guard entry.key.isSettingName else {
                throw entry.error(
                    "'\(entry.key)' cannot be a preset's name",
                    hint: "Use up to 64 lower-case letters, digits, - and _, a letter first")
            }
            presets.append((entry.key, entry.field))
        }
        return presets
    }
}
