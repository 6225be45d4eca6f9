/// A place in a UTF-8 text that knows its line and column.
struct JSONCursor {
    let bytes: [UInt8]
    private(set) var offset = 0
    private(set) var line: Int
    private(set) var column: Int

    /// A text that begins at `start` of another.
    init(_ bytes: [UInt8], from start: JSONPosition = JSONPosition(line: 1, column: 1)) {
        self.bytes = bytes
        line = start.line
        column = start.column
    }

    var position: JSONPosition { JSONPosition(line: line, column: column) }

    var isAtEnd: Bool { offset == bytes.count }

    /// The next byte; nil at the end.
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// The byte after the next; nil past the end.
    var afterNext: UInt8? { offset + 1 < bytes.count ? bytes[offset + 1] : nil }

    /// Steps over one scalar that is `width` bytes long and no line ending.
    mutating func advance(width: Int = 1) {
        offset += width
        column += 1
    }

    /// Steps over CR, LF or CR LF if one is next.
    mutating func takeNewline() -> Bool {
        switch next {
        case UInt8(ascii: "\n"): offset += 1
        case UInt8(ascii: "\r"): offset += afterNext == UInt8(ascii: "\n") ? 2 : 1
        default: return false
        }
        line += 1
        column = 1
        return true
    }

    /// Steps over `byte`, which is ASCII and no line ending, if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        advance()
        return true
    }

    /// What stands at the cursor.
    enum Scalar {
        case scalar(Unicode.Scalar, width: Int)
        /// The text ends within a sequence that began well.
        case incomplete
        case invalid
    }

    /// Decodes the scalar at the cursor without stepping over it. Well-formed is what table 3-7 of
    /// the Unicode Standard lists: no overlong forms, no surrogates, nothing past U+10FFFF.
    func decode() -> Scalar {
        guard let first = next else { return .incomplete }
        let second: ClosedRange<UInt8>
        let width: Int
        switch first {
        case 0x00...0x7F: return .scalar(Unicode.Scalar(first), width: 1)
        case 0xC2...0xDF: (width, second) = (2, 0x80...0xBF)
        case 0xE0: (width, second) = (3, 0xA0...0xBF)
        case 0xED: (width, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (width, second) = (3, 0x80...0xBF)
        case 0xF0: (width, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (width, second) = (4, 0x80...0xBF)
        case 0xF4: (width, second) = (4, 0x80...0x8F)
        default: return .invalid
        }
        var value = UInt32(first) & (0x7F >> UInt32(width))
        for index in 1..<width {
            guard offset + index < bytes.count else { return .incomplete }
            let byte = bytes[offset + index]
            guard (index == 1 ? second : 0x80...0xBF).contains(byte) else { return .invalid }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        guard let scalar = Unicode.Scalar(value) else { return .invalid }
        return .scalar(scalar, width: width)
    }
}
