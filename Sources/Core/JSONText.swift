extension JSONNode {
    /// The value as JSON text for people: an entry a line, indented, a line break at the end.
    public var text: [UInt8] {
        var bytes: [UInt8] = []
        value.write(to: &bytes, depth: 0)
        return bytes + [UInt8(ascii: "\n")]
    }

    /// The same value, and all in it, as if it stood at `position`.
    public func moved(to position: JSONPosition) -> JSONNode {
        switch value {
        case .array(let nodes):
            JSONNode(.array(nodes.map { $0.moved(to: position) }), at: position)
        case .object(let members):
            JSONNode(.object(members.map { $0.moved(to: position) }), at: position)
        default: JSONNode(value, at: position)
        }
    }
}

extension JSONNode {
    /// The object without what a path leads to: without the member itself where the path goes through objects
    /// alone, else without the whole member that the first array is in. Nil if that is not there.
    public func removing(_ path: JSONPath) -> JSONNode? {
        guard case .object(let members) = value, case .key(let key) = path.components.first,
            let index = members.firstIndex(where: { $0.key == key })
        else { return nil }
        var changed = members
        let rest = JSONPath(components: Array(path.components.dropFirst()))
        if let smaller = members[index].node.removing(rest) {
            changed[index] = JSONMember(
                key: key, at: members[index].keyPosition, node: smaller)
        } else {
            changed.remove(at: index)
        }
        return JSONNode(.object(changed), at: position)
    }
}

extension JSONMember {
    /// The same member as if it stood at `position`.
    public func moved(to position: JSONPosition) -> JSONMember {
        JSONMember(key: key, at: position, node: node.moved(to: position))
    }
}

extension JSONValue {
    fileprivate func write(to bytes: inout [UInt8], depth: Int) {
        switch self {
        case .null, .bool: bytes += summary.utf8
        case .number(let number):
            bytes += (number.integer.map(String.init) ?? "\(number.double)").utf8
        case .string(let text): Self.write(text, to: &bytes)
        case .array(let nodes):
            Self.enclose(nodes, "[", "]", to: &bytes, depth) { node, bytes in
                node.value.write(to: &bytes, depth: depth + 1)
            }
        case .object(let members):
            Self.enclose(members, "{", "}", to: &bytes, depth) { member, bytes in
                Self.write(member.key, to: &bytes)
                bytes += ": ".utf8
                member.node.value.write(to: &bytes, depth: depth + 1)
            }
        }
    }

    private static func enclose<Entry>(
        _ entries: [Entry], _ opening: String, _ closing: String, to bytes: inout [UInt8],
        _ depth: Int, _ write: (Entry, inout [UInt8]) -> Void
    ) {
        bytes += opening.utf8
        for (index, entry) in entries.enumerated() {
            bytes += ((index > 0 ? "," : "") + "\n").utf8
            bytes += [UInt8](repeating: UInt8(ascii: " "), count: 2 * (depth + 1))
            write(entry, &bytes)
        }
        if !entries.isEmpty {
            bytes.append(UInt8(ascii: "\n"))
            bytes += [UInt8](repeating: UInt8(ascii: " "), count: 2 * depth)
        }
        bytes += closing.utf8
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes.appendJSONString($0) }
    }
}

extension [UInt8] {
    /// Appends UTF-8 as a string of JSON, in quotes. See RFC 8259, section 7.
    public mutating func appendJSONString(_ text: UnsafeBufferPointer<UInt8>) {
        append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): self += "\\\"".utf8
            case UInt8(ascii: "\\"): self += "\\\\".utf8
            case 0x08: self += "\\b".utf8
            case 0x09: self += "\\t".utf8
            case 0x0A: self += "\\n".utf8
            case 0x0C: self += "\\f".utf8
            case 0x0D: self += "\\r".utf8
            case 0..<0x20: self += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
