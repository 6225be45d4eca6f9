import Core

/// Something the daemon is asked to do about a provider's breaker, by an empty file in `control/`:
/// `PROVIDER.breaker-VERB`, where a slash in the provider's name is a colon.
public struct BreakerRequest: Hashable, Sendable {
    /// What to do.
    public enum Verb: String, Codable, Sendable, CaseIterable {
        /// Close it and forget what it has learnt.
        case reset
        /// Keep it open.
        case open
        /// Let everything through and learn nothing.
        case disable
        /// Let it work by itself again.
        case enable
        /// Let everything through and count.
        case metrics
    }

    /// The provider.
    public var provider: String
    /// What to do.
    public var verb: Verb

    /// Makes a request.
    public init(_ verb: Verb, _ provider: String) {
        self.verb = verb
        self.provider = provider
    }

    /// Reads a request from the name of its file; nil if it is none.
    public init?(_ name: FileName) {
        guard let text = name.text,
            let verb = Verb.allCases.first(where: { text.hasSuffix(Self.suffix($0)) })
        else { return nil }
        let provider = text.utf8.dropLast(Self.suffix(verb).utf8.count).map {
            $0 == UInt8(ascii: ":") ? UInt8(ascii: "/") : $0
        }
        guard !provider.isEmpty else { return nil }
        self.init(verb, String(decoding: provider, as: UTF8.self))
    }

    /// The name of its file; nil if there can be no file of that name.
    public var fileName: FileName? {
        let name = provider.utf8.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ":") : $0 }
        guard !name.isEmpty, name.first != UInt8(ascii: ".") else { return nil }
        return FileName(bytes: name + Array(Self.suffix(verb).utf8))
    }

    private static func suffix(_ verb: Verb) -> String { ".breaker-\(verb.rawValue)" }
}
