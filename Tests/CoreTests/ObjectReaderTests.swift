import Core
import Testing

@Suite struct ObjectReaderTests {
    private enum Fruit: String, CaseIterable { case apple, pear, dragonFruit = "dragon_fruit" }

    private func reader(_ text: String) throws -> ObjectReader {
        try ObjectReader(JSONNode(parsing: Array(text.utf8), dialect: .json5))
    }

    private func field(_ text: String) throws -> JSONField {
        JSONField(try JSONNode(parsing: Array(text.utf8), dialect: .json5))
    }

    private func message(_ body: () throws -> Void) throws -> String {
        try #require(throws: JSONError.self, performing: body).description
    }

    @Test func readsEveryKind() throws {
        var reader = try reader(
            """
            { s: "text", n: 2.5, i: 5.0, b: true, c: "dragon_fruit", a: ["x", "y"],
              o: { inner: 1 }, m: { k: "v", l: "w" } }
            """)
        #expect(try reader.required("s").string(length: 1...4) == "text")
        #expect(try reader.required("n").number(in: 0...3) == 2.5)
        #expect(try reader.required("i").integer(in: 5...5) == 5)
        #expect(try reader.required("b").bool())
        #expect(try reader.required("c").choice(of: Fruit.self) == .dragonFruit)
        #expect(try reader.required("a").elements().map { try $0.string() } == ["x", "y"])
        var inner = try reader.required("o").object()
        #expect(try inner.required("inner").integer() == 1)
        try inner.finish()
        #expect(try reader.required("m").strings(count: 2...2) == ["k": "v", "l": "w"])
        #expect(try reader.optional("absent") == nil)
        try reader.finish()
    }

    @Test(arguments: [
        ("true", "must be a string, not true"), ("[]", "must be a string, not an empty array"),
        ("''", "must have 1 to 3 characters, not 0"),
        ("'abcd'", "must have 1 to 3 characters, not 4"),
        // Four scalars that look like three letters, as JSON Schema counts.
        ("'abe\u{301}'", "must have 1 to 3 characters, not 4"),
    ])
    func refusesStrings(_ text: String, _ reason: String) throws {
        let field = try field(text)
        #expect(
            try message { _ = try field.string(length: 1...3) } == "line 1, column 1, $: \(reason)")
    }

    @Test(arguments: [
        ("'5'", "a number from 5 to 180, not \"5\""), ("4.5", "a number from 5 to 180, not 4.5"),
        ("181", "a number from 5 to 180, not 181"), ("null", "a number from 5 to 180, not null"),
    ])
    func refusesNumbers(_ text: String, _ what: String) throws {
        let field = try field(text)
        #expect(try message { _ = try field.number(in: 5...180) }.hasSuffix("must be \(what)"))
    }

    @Test func saysWhichBoundThereIs() throws {
        let field = try field("-1.5")
        #expect(
            try message { _ = try field.number(in: 0 ... .greatestFiniteMagnitude) }
                .contains("a number of at least 0, not -1.5"))
        #expect(try message { _ = try field.integer() }.contains("an integer, not -1.5"))
        #expect(try message { _ = try field.integer(in: .min...7) }.contains("of at most 7"))
        #expect(
            try message { _ = try self.field("[]").elements(count: 1 ... .max) }
                .contains("must have at least 1 element, not 0"))
        #expect(
            try message { _ = try self.field("[1, 2]").elements(count: 0...1) }
                .contains("must have at most 1 element, not 2"))
        #expect(
            try message { _ = try self.field("{}").entries(count: 2...2) }
                .contains("must have 2 fields, not 0"))
    }

    @Test func quotesNoMoreThanFits() throws {
        let field = try field("'\(String(repeating: "a", count: 60))\\n'")
        #expect(
            try message { _ = try field.bool() }
                .hasSuffix("not \"\(String(repeating: "a", count: 40))…\""))
        #expect(
            try message { _ = try self.field("'a\\n\\x1b'").bool() }.hasSuffix(
                #"not "a\n\u{1B}""#))
    }

    @Test func suggestsAChoice() throws {
        let field = try field("'dragonfruit'")
        #expect(
            try message { _ = try field.choice(of: Fruit.self) }.hasSuffix(
                """
                must be one of apple, pear, dragon_fruit, not "dragonfruit" \
                (did you mean 'dragon_fruit'?)
                """))
    }

    @Test func namesTheFieldThatIsUnknown() throws {
        var reader = try reader("{\n  topic: '', durations: 5 }")
        _ = try reader.required("topic")
        _ = try reader.optional("duration")
        let finished = reader
        #expect(
            try message { try finished.finish() }
                == "line 2, column 14, $.durations: unknown field 'durations' (did you mean 'duration'?)"
        )
    }

    @Test func listsTheFieldsWhenNoneIsNear() throws {
        var reader = try reader("{ topic: '', zebra: 5 }")
        _ = try reader.required("topic")
        _ = try reader.optional("duration")
        let finished = reader
        let error = try #require(throws: JSONError.self) { try finished.finish() }
        #expect(error.hint == "The fields are topic, duration")
    }

    @Test func namesTheFieldThatIsMissing() throws {
        var reader = try reader("{ topci: 'x' }")
        #expect(
            try message { _ = try reader.required("topic") }
                == "line 1, column 1, $: the field 'topic' is missing (is 'topci' meant to be it?)")
    }

    @Test func takesNullForAnError() throws {
        var reader = try reader("{ a: null }")
        let error = try #require(throws: JSONError.self) { try reader.optional("a") }
        #expect(error.description == "line 1, column 6, $.a: must not be null")
        #expect(error.hint == "Leave the field out instead of null")
    }

    @Test func namesThePathWithinArraysAndObjects() throws {
        var reader = try reader("{ list: [0, { 'a b': 'x' }] }")
        let element = try reader.required("list").elements()[1]
        let entry = try element.entries()[0]
        #expect(
            try message { _ = try entry.field.bool() }
                == #"line 1, column 22, $.list[1]["a b"]: must be true or false, not "x""#)
        #expect(
            entry.error("is odd").description == #"line 1, column 15, $.list[1]["a b"]: is odd"#)
    }

    @Test func makesAPermanentFailure() throws {
        let error = try #require(throws: JSONError.self) { try field("{ a: 1, }}") }
        let failure = error.failure(operation: "read the job spec", subject: "a.json")
        #expect(failure.kind == .permanent && failure.code == "invalid_spec")
        #expect(
            failure.message.hasPrefix("Could not read the job spec a.json: line 1, column 10, $: "))
    }
}
