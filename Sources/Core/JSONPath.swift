/// The way from the root of a JSON text to a value: `$.script[2].narration`.
public struct JSONPath: Hashable, Sendable, CustomStringConvertible {
    enum Component: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    var components: [Component] = []

    /// The whole text: `$`.
    public static let root = JSONPath()

    /// The path of a member of the object this is the path of.
    public func appending(_ key: String) -> JSONPath {
        JSONPath(components: components + [.key(key)])
    }

    /// The path of an element of the array this is the path of.
    public func appending(_ index: Int) -> JSONPath {
        JSONPath(components: components + [.index(index)])
    }

    /// The field of the whole text that it leads into; nil for the text itself, and for an array's element.
    public var field: String? {
        if case .key(let key) = components.first { key } else { nil }
    }

    /// Whether it leads to a field of the whole text and no further.
    public var isField: Bool { components.count == 1 && field != nil }

    /// As in RFC 9535: `$.key[0]["another key"]`. Long keys are cut short.
    public var description: String {
        components.reduce(into: "$") { text, component in
            switch component {
            case .index(let index): text += "[\(index)]"
            case .key(let key) where key.isPlainName: text += ".\(key)"
            case .key(let key): text += "[\"\(key.excerpt(atMost: 40))\"]"
            }
        }
    }
}

extension String {
    /// Whether it can stand after a dot in a path: at most 40 of A-Z, a-z, 0-9, _ and -.
    fileprivate var isPlainName: Bool {
        (1...40).contains(utf8.count)
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
