extension JSONParser {
    /// Reads the key of a member.
    mutating func key() throws(JSONError) -> String {
        let start = cursor.position
        let key: String
        switch cursor.next {
        case nil: throw truncated("ends where a key should be")
        case UInt8(ascii: "\""), UInt8(ascii: "'"): key = try string()
        case _ where dialect == .json5: key = try identifier()
        default:
            throw error(
                "expected a key in double quotes, not \(try nextDescribed())")
        }
        guard key.utf8.count <= limits.token else {
            throw error("a key of more than \(limits.token) bytes", at: start)
        }
        return key
    }

    /// Reads a bare key: an IdentifierName of ECMAScript 5.1, reserved words among them.
    private mutating func identifier() throws(JSONError) -> String {
        var name = String.UnicodeScalarView()
        while !cursor.isAtEnd {
            let start = cursor.position
            var (scalar, width) = try scalar()
            let isEscape = scalar == "\\"
            if isEscape {
                cursor.advance()
                guard cursor.next == UInt8(ascii: "u") else {
                    throw cursor.isAtEnd ? truncated("ends within a key") : error("expected 'u'")
                }
                scalar = try unicodeEscape(from: start)
            }
            guard name.isEmpty ? scalar.startsIdentifier : scalar.continuesIdentifier else {
                guard isEscape || name.isEmpty else { break }
                throw isEscape
                    ? error("an escape that no bare key may have here", at: start)
                    : error("expected a key, not \(try nextDescribed())")
            }
            if !isEscape { cursor.advance(width: width) }
            name.append(scalar)
        }
        // More of it may follow, so that nothing can be said of this key yet.
        guard !cursor.isAtEnd else { throw truncated("ends within a key") }
        return String(name)
    }

    /// Reads `true`, `false` or `null`.
    mutating func literal() throws(JSONError) -> JSONValue {
        let start = cursor.position
        var word = ""
        while let byte = cursor.next, word.utf8.count < 16 {
            let scalar = Unicode.Scalar(byte)
            guard scalar.isASCII, scalar.continuesIdentifier else { break }
            word.unicodeScalars.append(scalar)
            cursor.advance()
        }
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        default: break
        }
        if cursor.isAtEnd, ["true", "false", "null"].contains(where: { $0.hasPrefix(word) }) {
            throw truncated("ends within a word")
        }
        switch word {
        case "NaN", "Infinity": throw error("\(word) is no number here", at: start)
        case "True", "False":
            throw error("\(word) is no value", hint: "Use \(word.lowercased())", at: start)
        case "None", "undefined", "nil": throw error("\(word) is no value", at: start)
        default:
            throw error(
                "expected a value, not '\(word)'", hint: "Put text between quotes", at: start)
        }
    }
}

extension Unicode.Scalar {
    fileprivate var startsIdentifier: Bool {
        if isASCII { return properties.isAlphabetic || self == "$" || self == "_" }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .letterNumber:
            return true
        default: return false
        }
    }

    fileprivate var continuesIdentifier: Bool {
        if startsIdentifier || value == 0x200C || value == 0x200D { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }
}
