extension JSONParser {
    /// Reads a string at its opening quote.
    mutating func string() throws(JSONError) -> String {
        guard let quote = cursor.next, quote == UInt8(ascii: "\"") || dialect == .json5 else {
            throw error("a string in single quotes", hint: "Use double quotes")
        }
        cursor.advance()
        var text: [UInt8] = []
        while let next = cursor.next {
            switch next {
            case quote:
                cursor.advance()
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                if let scalar = try escape() { text.append(contentsOf: UTF8.bytes(of: scalar)) }
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                throw error("a line break within a string", hint: "Write it as \\n")
            case 0..<0x20 where dialect == .strict:
                throw error(
                    "a control character within a string: \(try nextDescribed())",
                    hint: "Write it as \\u and four hexadecimal digits")
            case 0..<0x80:
                text.append(next)
                cursor.advance()
            default:
                let (_, width) = try scalar()
                text.append(contentsOf: cursor.bytes[cursor.offset..<cursor.offset + width])
                cursor.advance(width: width)
            }
        }
        throw truncated("ends within a string")
    }

    /// Reads an escape at its backslash; nil for a continued line, which stands for nothing.
    private mutating func escape() throws(JSONError) -> Unicode.Scalar? {
        let start = cursor.position
        cursor.advance()
        guard !cursor.isAtEnd else { throw truncated("ends within a string") }
        if dialect == .json5, cursor.takeNewline() { return nil }
        let (letter, width) = try scalar()
        if letter == "u" {
            return try unicodeEscape(from: start)
        }
        if let scalar = letter.isEscapeInJSON {
            cursor.advance()
            return scalar
        }
        guard dialect == .json5, !("1"..."9").contains(letter) else {
            throw error("unknown escape: a backslash before \(try nextDescribed())", at: start)
        }
        cursor.advance(width: width)
        switch letter {
        case "x": return Unicode.Scalar(UInt8(try hexadecimal(digits: 2)))
        case "v": return "\u{0B}"
        case "0":
            if let digit = cursor.next, (0x30...0x39).contains(digit) {
                throw error("octal escapes are not allowed", at: start)
            }
            return "\0"
        default: return letter.isLineOrParagraphSeparator ? nil : letter
        }
    }

    /// Reads `uXXXX` after a backslash at `start`, or a surrogate pair of them.
    mutating func unicodeEscape(from start: JSONPosition) throws(JSONError) -> Unicode.Scalar {
        cursor.advance()
        let unit = try hexadecimal(digits: 4)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let lone = error(
            "half a surrogate pair", hint: "Write both halves, or the character itself", at: start)
        guard unit < 0xDC00 else { throw lone }
        for byte in [UInt8(ascii: "\\"), UInt8(ascii: "u")] where !cursor.take(byte) {
            throw cursor.isAtEnd ? truncated("ends within a string") : lone
        }
        let low = try hexadecimal(digits: 4)
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw lone }
        return scalar
    }

    private mutating func hexadecimal(digits: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = cursor.next else { throw truncated("ends within an escape") }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("expected \(digits) hexadecimal digits, not \(try nextDescribed())")
            }
            value = value << 4 | UInt32(digit)
            cursor.advance()
        }
        return value
    }
}

extension UTF8 {
    static func bytes(of scalar: Unicode.Scalar) -> Unicode.UTF8.EncodedScalar {
        encode(scalar) ?? encodedReplacementCharacter
    }
}

extension Unicode.Scalar {
    /// What a backslash before this letter stands for in RFC 8259; nil if nothing.
    fileprivate var isEscapeInJSON: Unicode.Scalar? {
        switch self {
        case "\"", "\\", "/": self
        case "b": "\u{08}"
        case "f": "\u{0C}"
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        default: nil
        }
    }
}
