extension JSONParser {
    /// Refuses the marks some editors put first. JSON5 counts U+FEFF as a blank; RFC 8259 lets a
    /// parser refuse it, and one that is not refused here surprises the next program.
    mutating func refuseByteOrderMark() throws(JSONError) {
        let head = cursor.bytes.prefix(3)
        if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
            throw error("begins with a UTF-16 byte order mark", hint: "Save the file as UTF-8")
        }
        if dialect == .strict, head.elementsEqual([0xEF, 0xBB, 0xBF]) {
            throw error(
                "begins with a byte order mark",
                hint: "Save the file as UTF-8 without a byte order mark")
        }
    }

    /// Steps over blanks, and in JSON5 over comments.
    mutating func skipBlanks() throws(JSONError) {
        while let next = cursor.next {
            switch next {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): cursor.advance()
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): _ = cursor.takeNewline()
            case UInt8(ascii: "/"): try skipComment()
            case 0x0B...0x0C where dialect == .json5: cursor.advance()
            case 0x80... where dialect == .json5:
                let (scalar, width) = try scalar()
                guard scalar.isBlankInJSON5 else { return }
                cursor.advance(width: width)
            default: return
            }
        }
    }

    private mutating func skipComment() throws(JSONError) {
        guard dialect == .json5 else { throw error("comments are not allowed here") }
        let start = cursor.position
        cursor.advance()
        if cursor.take(UInt8(ascii: "/")) {
            try skipLine()
        } else if cursor.take(UInt8(ascii: "*")) {
            try skipBlock()
        } else if cursor.isAtEnd {
            throw truncated("ends within a comment")
        } else {
            throw error("expected a value or a comment, not '/'", at: start)
        }
    }

    private mutating func skipLine() throws(JSONError) {
        while !cursor.isAtEnd, !cursor.takeNewline() {
            let (scalar, width) = try scalar()
            cursor.advance(width: width)
            if scalar.isLineOrParagraphSeparator { return }
        }
    }

    private mutating func skipBlock() throws(JSONError) {
        while !cursor.isAtEnd {
            if cursor.take(UInt8(ascii: "*")) {
                if cursor.take(UInt8(ascii: "/")) { return }
            } else if !cursor.takeNewline() {
                cursor.advance(width: try scalar().width)
            }
        }
        throw truncated("ends within a comment")
    }
}

extension Unicode.Scalar {
    /// U+2028 or U+2029, which end a line in JSON5. They do not in editors, so no line is counted.
    var isLineOrParagraphSeparator: Bool { value == 0x2028 || value == 0x2029 }

    fileprivate var isBlankInJSON5: Bool {
        value == 0xFEFF || isLineOrParagraphSeparator
            || properties.generalCategory == .spaceSeparator
    }
}
