/// Which grammar a text is held to.
public enum JSONDialect: Sendable {
    /// RFC 8259, without a byte order mark: what programs write.
    case strict
    /// JSON5: what people write. Comments, trailing commas, bare keys, single quotes, line
    /// continuations, hexadecimal numbers. Infinity and NaN are refused all the same.
    case json5
}

/// How much a text may ask for before it is refused.
public struct JSONLimits: Sendable {
    /// The bytes in all.
    public var size: Int
    /// The objects and arrays open at a time. The parser recurses, so this bounds its stack.
    public var depth: Int
    /// The bytes in a key and in a number. Comparing keys as Unicode text and rounding a number
    /// can cost more than its length: this bounds it.
    public var token: Int

    /// Makes limits; the defaults are those of a job spec.
    public init(size: Int = 1 << 20, depth: Int = 64, token: Int = 1024) {
        self.size = size
        self.depth = depth
        self.token = token
    }
}
