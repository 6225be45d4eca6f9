import Core
import Testing

/// What RFC 8259 allows and what it does not, by the places where parsers are known to differ.
@Suite struct JSONStrictTests {
    @Test(arguments: [
        ("null", "null"), ("true", "true"), (" false\r\n", "false"), ("\"\"", "\"\""),
        ("0", "0"), ("-0", "0"), ("-1", "-1"), ("1e2", "100"), ("1E+2", "100"), ("5.0", "5"),
        ("0.5", "0.5"), ("-0.25e-1", "-0.025"), ("1e-400", "0"), ("1e308", "1e+308"),
        ("9007199254740993", "9007199254740993"), ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9.223372036854776e+18"), ("[]", "an empty array"),
        ("[ ]", "an empty array"), ("[[[]]]", "an array"), ("{}", "an object"),
        ("{\"\":0}", "an object"), ("{\"a\":{\"a\":[{\"a\":null}]}}", "an object"),
        ("\t\n\r [\n1\r\n,\t2 ]\n", "an array"),
    ])
    func accepts(_ text: String, _ summary: String) throws {
        #expect(try JSONNode(parsing: Array(text.utf8)).value.summary == summary)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{08}\u{0C}\n\r\t"), (#""\u0000""#, "\0"),
        (#""\u00e9\u00E9""#, "éé"), (#""\uD834\uDD1E""#, "𝄞"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        (#""\uFFFF""#, "\u{FFFF}"), ("\"\u{7F}\u{85}\"", "\u{7F}\u{85}"),
        ("\"\u{2028}\u{FEFF}𝄞\"", "\u{2028}\u{FEFF}𝄞"), ("\"//' /* */\"", "//' /* */"),
        (#""\\u0041""#, "\\u0041"), ("\"e\u{301}\"", "e\u{301}"),
    ])
    func readsStrings(_ text: String, _ expected: String) throws {
        guard case .string(let string) = try JSONNode(parsing: Array(text.utf8)).value else {
            Issue.record("\(text) is no string")
            return
        }
        #expect(string.utf8.elementsEqual(expected.utf8))
    }

    @Test(arguments: [
        // Structure
        ("[1,]", 1, 4, "a comma before ']'"), ("{\"a\":1,}", 1, 8, "a comma before '}'"),
        ("[,1]", 1, 2, "expected a value, not ','"), ("[1,,2]", 1, 4, "expected a value"),
        ("[1 2]", 1, 4, "expected ',' or ']', not '2'"), ("[1}", 1, 3, "expected ',' or ']'"),
        ("{\"a\" 1}", 1, 6, "expected ':'"), ("{\"a\":}", 1, 6, "expected a value, not '}'"),
        ("{,}", 1, 2, "expected a key"), ("{a:1}", 1, 2, "expected a key in double quotes"),
        ("{1:1}", 1, 2, "expected a key"), ("{'a':1}", 1, 2, "single quotes"),
        ("{\"a\":1 \"b\":2}", 1, 8, "expected ',' or '}'"), ("]", 1, 1, "expected a value"),
        ("{} {}", 1, 4, "more after the end"), ("1 1", 1, 3, "more after the end"),
        ("{}\n}", 2, 1, "more after the end"), ("nullnull", 1, 1, "expected a value"),
        ("[1]\u{0}", 1, 4, "U+0000"), ("[\u{0B}1]", 1, 2, "U+000B"), ("[\u{0C}1]", 1, 2, "U+000C"),
        ("[\u{A0}1]", 1, 2, "U+00A0"), ("\u{2060}", 1, 1, "U+2060"),
        ("[“a”]", 1, 2, "'“' (U+201C)"), ("['a']", 1, 2, "single quotes"),
        ("// a\n1", 1, 1, "comments"), ("[1/**/]", 1, 3, "comments"),
        // Words
        ("True", 1, 1, "True is no value"), ("[nul]", 1, 2, "'nul'"), ("NaN", 1, 1, "NaN"),
        ("-Infinity", 1, 1, "Infinity"), ("Infinity", 1, 1, "Infinity"),
        ("undefined", 1, 1, "no value"),
        ("yes", 1, 1, "'yes'"), ("nullé", 1, 5, "more after the end"),
        // Numbers
        ("01", 1, 1, "begins with 0"), ("-01", 1, 2, "begins with 0"),
        ("+1", 1, 1, "begins with '+'"),
        (".5", 1, 1, "expected a digit, not '.'"), ("[5.]", 1, 4, "expected a digit"),
        ("[1e]", 1, 4, "expected a digit"), ("[1e+]", 1, 5, "expected a digit"),
        ("[-]", 1, 3, "expected a digit"), ("--1", 1, 2, "expected a digit"),
        ("0x10", 1, 2, "more after the end"), ("1.2.3", 1, 4, "more after the end"),
        ("1_000", 1, 2, "more after the end"), ("[1e999]", 1, 2, "too large"),
        ("[0,\n -1e999]", 2, 2, "too large"), ("[１]", 1, 2, "'１' (U+FF11)"),
        // Strings
        ("[\"a\nb\"]", 1, 4, "line break"),
        ("[\"a\tb\"]", 1, 4, "control character within a string: U+0009"),
        ("\"\u{1F}\"", 1, 2, "U+001F"), (#""\a""#, 1, 2, "unknown escape"),
        (#""\'""#, 1, 2, "unknown escape"), (#""\x41""#, 1, 2, "unknown escape"),
        (#""\0""#, 1, 2, "unknown escape"), (#""\U0041""#, 1, 2, "unknown escape"),
        (#""\u12G4""#, 1, 6, "hexadecimal"), (#""\u{41}""#, 1, 4, "hexadecimal"),
        (#"["\uD800"]"#, 1, 3, "surrogate"), (#""\uDC00\uD800""#, 1, 2, "surrogate"),
        (#""\uD800\uD800""#, 1, 2, "surrogate"), (#""\uD800\n""#, 1, 2, "surrogate"),
        (#""\uD800x""#, 1, 2, "surrogate"), (#""é\é""#, 1, 3, "unknown escape"),
        // Keys
        ("{\"a\":1,\n \"a\":2}", 2, 2, "'a' is given twice, first at line 1, column 2"),
        (#"{"a":1,"\u0061":2}"#, 1, 8, "given twice"),
        ("{\"\u{E9}\":1,\"e\u{301}\":2}", 1, 8, "given twice"),
    ])
    func refuses(_ text: String, _ line: Int, _ column: Int, _ reason: String) throws {
        try refuses(bytes: Array(text.utf8), line, column, reason)
    }

    @Test(
        arguments: [
            ([0xEF, 0xBB, 0xBF, 0x7B, 0x7D], 1, 1, "byte order mark"),
            ([0xFF, 0xFE, 0x7B, 0x00], 1, 1, "UTF-16"), ([0xFE, 0xFF, 0x00, 0x7B], 1, 1, "UTF-16"),
            ([0x7B, 0x00, 0x7D, 0x00], 1, 2, "U+0000"), ([0x00], 1, 1, "U+0000"),
            // A lone continuation, overlong forms, a surrogate, past the end, Latin-1.
            ([0x22, 0x80, 0x22], 1, 2, "not UTF-8"), ([0x22, 0xC0, 0xAF, 0x22], 1, 2, "not UTF-8"),
            ([0x22, 0xE0, 0x80, 0xAF, 0x22], 1, 2, "not UTF-8"),
            ([0x22, 0xF0, 0x80, 0x80, 0xAF, 0x22], 1, 2, "not UTF-8"),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], 1, 2, "not UTF-8"),
            ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1, 2, "not UTF-8"),
            ([0x22, 0xC3, 0xA9, 0xE9, 0x22], 1, 3, "not UTF-8"),
            ([0x5B, 0xFF, 0x5D], 1, 2, "not UTF-8"),
            ([0x22, 0xE2, 0x82, 0x22], 1, 2, "not UTF-8"),
        ] as [([UInt8], Int, Int, String)])
    func refusesBytes(_ bytes: [UInt8], _ line: Int, _ column: Int, _ reason: String) throws {
        try refuses(bytes: bytes, line, column, reason)
    }

    private func refuses(bytes: [UInt8], _ line: Int, _ column: Int, _ reason: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONNode(parsing: bytes) }
        #expect(error.reason.contains(reason), "\(error)")
        #expect(error.line == line && error.column == column, "\(error)")
        #expect(!error.isTruncated)
    }

    @Test func knowsWhereEverythingIs() throws {
        let text = "\r{\"é\":\r\n\t[1,\"𝄞\", true],\n\n \"b\" : {}}"
        let root = try JSONNode(parsing: Array(text.utf8))
        #expect(root.position == JSONPosition(line: 2, column: 1))
        guard case .object(let members) = root.value, members.count == 2,
            case .array(let elements) = members[0].node.value
        else {
            Issue.record("not the object that was written")
            return
        }
        #expect(members.map(\.key) == ["é", "b"])
        #expect(members[0].keyPosition == JSONPosition(line: 2, column: 2))
        #expect(members[0].node.position == JSONPosition(line: 3, column: 2))
        #expect(elements.map(\.position.column) == [3, 5, 10])
        #expect(members[1].keyPosition == JSONPosition(line: 5, column: 2))
        #expect(members[1].node.position == JSONPosition(line: 5, column: 8))
    }

    @Test func namesThePathOfAnError() throws {
        let text = #"{"a": [0, {"b c": [tru]}]}"#
        let error = try #require(throws: JSONError.self) { try JSONNode(parsing: Array(text.utf8)) }
        #expect(error.path == #"$.a[1]["b c"][0]"#)
    }
}
