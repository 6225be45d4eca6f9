import Core
import Testing

/// What JSON5 has on top of RFC 8259, and what is refused in it all the same.
@Suite struct JSON5Tests {
    @Test(arguments: [
        ("// first\n1", "1"), ("1 // last", "1"), ("/* a * / ** \n */ 1 /**/", "1"),
        ("//\u{2028}1", "1"), ("// a\r1", "1"), ("[1,]", "an array"), ("{a:1,}", "an object"),
        ("[/* none */]", "an empty array"), ("\u{FEFF}1", "1"),
        ("\u{A0}\u{2003}\u{2029}\u{0B}\u{0C}1", "1"),
        ("+1", "1"), ("-1", "-1"), (".5", "0.5"), ("5.", "5"), ("-.5e1", "-5"),
        ("5.e1", "50"), ("0x1F", "31"), ("-0Xff", "-255"), ("+0x0", "0"), ("0", "0"),
        ("0x7fffffffffffffff", "9223372036854775807"), ("'it\"s'", "\"it\"s\""),
        ("\"it's\"", "\"it's\""), ("'a\\\nb'", "\"ab\""), ("'a\\\r\nb'", "\"ab\""),
        ("'a\\\u{2028}b'", "\"ab\""), (#"'\x41\v\0\'\q\é'"#, #""A\u{0B}\0'qé""#),
        ("'\t'", #""\t""#), ("{'a': 1, \"b\": 2, c: 3}", "an object"),
    ])
    func accepts(_ text: String, _ summary: String) throws {
        let node = try JSONNode(parsing: Array(text.utf8), dialect: .json5)
        #expect(node.value.summary == summary)
    }

    @Test(arguments: [
        ("a", "a"), ("$_a1", "$_a1"), ("null", "null"), ("été", "été"), (#"\u0061b"#, "ab"),
        ("a\u{200C}b", "a\u{200C}b"), ("変数", "変数"), ("e\u{301}", "e\u{301}"), ("Ⅷ", "Ⅷ"),
    ])
    func acceptsBareKeys(_ text: String, _ key: String) throws {
        for blank in ["", " ", "/**/"] {
            let bytes = Array("{\(text)\(blank):1}".utf8)
            guard case .object(let members) = try JSONNode(parsing: bytes, dialect: .json5).value
            else {
                Issue.record("\(text) made no object")
                return
            }
            #expect(members.map(\.key) == [key])
        }
    }

    @Test(arguments: [
        ("NaN", 1, "NaN is no number"), ("-Infinity", 1, "Infinity"), ("+NaN", 1, "NaN"),
        ("[,]", 2, "expected a value"), ("{,}", 2, "expected a key"),
        ("[1,,]", 4, "expected a value"),
        ("{1a:1}", 2, "expected a key, not '1'"), ("{a-b:1}", 3, "expected ':'"),
        ("{\u{200C}a:1}", 2, "expected a key"), (#"{\u0031:1}"#, 2, "no bare key"),
        (#"{a\u0020:1}"#, 3, "no bare key"), (#"{\x61:1}"#, 3, "expected 'u'"),
        ("{a:1,a:2}", 6, "given twice"), (#"{a:1,'\x61':2}"#, 6, "given twice"),
        ("010", 1, "begins with 0"), ("[0x]", 4, "expected a digit"),
        ("[.]", 3, "expected a digit"),
        ("[+]", 3, "expected a digit"), ("[.e1]", 3, "expected a digit"),
        ("0x8000000000000000", 1, "too large"), ("1e999", 1, "too large"),
        ("'a\nb'", 3, "line break"), (#"'\1'"#, 2, "unknown escape"), (#"'\01'"#, 2, "octal"),
        (#"'\xG1'"#, 4, "hexadecimal"), (#"'\uD800'"#, 2, "surrogate"),
        ("'a\"", 4, "ends within a string"),
        ("1 / 2", 3, "a comment, not '/'"), ("/* /* */ */ 1", 10, "expected a value, not '*'"),
        ("#1", 1, "expected a value, not '#'"), ("1 1", 3, "more after the end"),
    ])
    func refuses(_ text: String, _ column: Int, _ reason: String) throws {
        let error = try #require(throws: JSONError.self) {
            try JSONNode(parsing: Array(text.utf8), dialect: .json5)
        }
        #expect(error.reason.contains(reason), "\(error)")
        #expect(error.column == column, "\(error)")
    }

    @Test func countsLinesAcrossCommentsAndContinuations() throws {
        let text = "/*\n\r\n*/ // x\n'a\\\nb' oops"
        let error = try #require(throws: JSONError.self) {
            try JSONNode(parsing: Array(text.utf8), dialect: .json5)
        }
        #expect(error.line == 5 && error.column == 4, "\(error)")
    }
}
