extension JSONParser {
    /// Reads a number at its first character.
    mutating func number() throws(JSONError) -> JSONNumber {
        let start = cursor.position
        let from = cursor.offset
        if cursor.take(UInt8(ascii: "-")) {
            guard !cursor.isAtEnd else { throw truncated("ends within a number") }
        } else if cursor.next == UInt8(ascii: "+") {
            guard dialect == .json5 else { throw error("a number that begins with '+'") }
            cursor.advance()
        }
        if let next = cursor.next, next == UInt8(ascii: "I") || next == UInt8(ascii: "N") {
            throw error("Infinity and NaN are no numbers here", at: start)
        }
        if dialect == .json5, cursor.next == UInt8(ascii: "0"),
            cursor.afterNext == UInt8(ascii: "x") || cursor.afterNext == UInt8(ascii: "X")
        {
            return try hexadecimalNumber(from: start, negative: cursor.bytes[from] == 0x2D)
        }
        try decimal()
        guard cursor.offset - from <= limits.token else {
            throw error("a number of more than \(limits.token) characters", at: start)
        }
        let text = String(decoding: cursor.bytes[from..<cursor.offset], as: UTF8.self)
        guard let double = Double(text), double.isFinite else {
            throw error("the number \(text.excerpt(atMost: 40)) is too large", at: start)
        }
        return JSONNumber(double, integer: Int(text))
    }

    /// Steps over what follows the sign.
    private mutating func decimal() throws(JSONError) {
        let start = cursor.position
        let isZero = cursor.next == UInt8(ascii: "0")
        let whole = takeDigits()
        if isZero && whole > 1 { throw error("a number that begins with 0", at: start) }
        if whole == 0 && (dialect == .strict || cursor.next != UInt8(ascii: ".")) {
            try expectDigit()
        }
        if cursor.take(UInt8(ascii: ".")) {
            let fraction = takeDigits()
            if fraction == 0 && (dialect == .strict || whole == 0) { try expectDigit() }
        }
        if cursor.take(UInt8(ascii: "e")) || cursor.take(UInt8(ascii: "E")) {
            _ = cursor.take(UInt8(ascii: "+")) || cursor.take(UInt8(ascii: "-"))
            if takeDigits() == 0 { try expectDigit() }
        }
    }

    /// Fails because a digit is missing at the cursor.
    private func expectDigit() throws(JSONError) {
        guard !cursor.isAtEnd else { throw truncated("ends within a number") }
        throw error("expected a digit, not \(try nextDescribed())")
    }

    private mutating func takeDigits() -> Int {
        let from = cursor.offset
        while let byte = cursor.next, (0x30...0x39).contains(byte) { cursor.advance() }
        return cursor.offset - from
    }

    /// Reads `0x` and its digits, which must make an Int: nobody means a rounded one.
    private mutating func hexadecimalNumber(
        from start: JSONPosition, negative: Bool
    ) throws(JSONError) -> JSONNumber {
        cursor.advance()
        cursor.advance()
        let from = cursor.offset
        while let byte = cursor.next, Character(Unicode.Scalar(byte)).isHexDigit {
            cursor.advance()
        }
        if cursor.offset == from { try expectDigit() }
        let digits = String(decoding: cursor.bytes[from..<cursor.offset], as: UTF8.self)
        guard let integer = Int((negative ? "-" : "") + digits, radix: 16) else {
            throw error("the number 0x\(digits.excerpt(atMost: 40)) is too large", at: start)
        }
        return JSONNumber(Double(integer), integer: integer)
    }
}
