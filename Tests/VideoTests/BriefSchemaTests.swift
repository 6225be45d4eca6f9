import Core
import Glibc
import TestSupport
import Testing
import Video

/// `Config/job.schema.json` and `Brief` say the same of every spec: those of the tables, and every
/// field with values of every kind and of every length that is a limit.
@Suite struct BriefSchemaTests {
    @Test func agreesWithTheSchema() throws {
        let specs = SpecTable.good + SpecTable.bad.map(\.text) + Self.everyFieldWithEveryValue
        let verdicts = try SchemaValidator().validate(specs)
        #expect(verdicts.count == specs.count)
        for (spec, isValid) in zip(specs, verdicts) {
            let said = verdict(on: spec)
            #expect(
                (said == nil) == isValid,
                "schema: \(isValid), brief: \(said ?? "accepts"), spec: \(spec.prefix(200))")
        }
        #expect(verdicts.prefix(SpecTable.good.count).allSatisfy { $0 })
    }

    @Test func knowsWhatTheSchemaCannotSay() throws {
        let specs = SpecTable.beyondTheSchema.map(\.text)
        #expect(try SchemaValidator().validate(specs).allSatisfy { $0 })
    }

    private func verdict(on spec: String) -> String? {
        do {
            _ = try Brief(decoding: Array(spec.utf8))
            return nil
        } catch { return error.description }
    }

    private static let fields = [
        "topic", "platform", "duration", "category", "language", "script", "key_points", "hook",
        "call_to_action", "tone", "audience", "voice", "palette", "captions", "music", "priority",
        "not_before", "labels", "id", "pipeline", "orientation", "resolution", "images", "fit",
        "transition", "variants", "preset", "unknown",
    ]

    private static var everyFieldWithEveryValue: [String] {
        fields.flatMap { field in values.map { SpecTable.spec(field, $0) } }
            .filter { spec in !SpecTable.beyondTheSchema.contains { $0.text == spec } }
    }

    private static var values: [String] {
        let plain = [
            "null", "true", "false", "0", "-1", "1", "5", "4.999", "180", "180.5", "1.5", "100",
            "101",
            "1.0", "-100", "-101", "1e2", "[]", "{}", "[1]", "[null]", "[[]]", "[{}]",
            #"{"a": "b"}"#, #"{"a": 1}"#, #"{"a": null}"#, #"{"": "b"}"#, #"{"a\u007f": "b"}"#,
            #"{"a": "\u0000"}"#, #"{"a": "\r"}"#, #"{"a": "\n\t"}"#, #"{"narration": "x"}"#,
            #"[{"narration": "x"}]"#, #"[{"heading": "x"}]"#,
            #"[{"narration": "x", "heading": "\r"}]"#,
            #"[{"narration": "x", "heading": "x", "more": 1}]"#, #"["x", {"narration": "x"}]"#,
            #"[{"narration": "x", "image": "/x"}]"#, #"[{"narration": "x", "image": "/../x"}]"#,
        ]
        let texts = [
            "", " ", "\\n", "\\t", "x", "X", "0", "_", "é", "a\\n", "\\na", "a\\tb", "a\\r",
            "\\u0000",
            "\\u001f", "\\u007f", "\\u0085", "\\u009f", "\\ufeff", "\\u00a0", "\\u1680", "\\u2003",
            "\\u2028", "\\u200b", "\\u180e", "\\u3000", "\\ufeff \\u2029", "\\ud83d\\ude00", "en",
            "e", "engl", "en-", "-en", "en--us", "en-x", "en-US\\n", "en-abcdefghi",
            "en-\\u0661\\u0662",
            "slt", "a b", "-v", ".v", "a/b", "a+b", "video", "Video", "video2", "2video", "a_b-c",
            "/", "//", "/a", "a/", "/a/../b", "/..", "/../a", "..", "/a..b", "/...", "/a/..b",
            "/a\\n",
            "/..\\n", "#12abEF", "#12abEG", "#12abE", "#12abEF0", "12abEF", "#12abEF\\n", "480x640",
            "2560x2560", "478x480x2", "wipe", "contain", "portrait", "tiktok",
            "TikTok", "tiktok\\n", "2026-11-23T04:52:45Z", "2026-11-23t04:52:45.5z",
            "2026-11-23 04:52:60+14:00", "2026-11-23T04:52:45", "2026-11-23T04:52Z",
            "2026-13-23T04:52:45Z", "2026-00-23T04:52:45Z", "2026-11-32T04:52:45Z",
            "2026-11-23T24:00:00Z", "2026-11-23T04:60:00Z", "2026-11-23T04:52:61Z",
            "2026-11-23T04:52:45.Z", "2026-11-23T04:52:45+24:00", "2026-11-23T04:52:45+01:60",
            "2026-11-23T04:52:45+0100", "2026-11-23T04:52:45Z\\n", "02026-11-23T04:52:45Z",
            "\u{0662}\u{0660}26-11-23T04:52:45Z",
        ]
        let lengths = [
            35, 36, 60, 61, 64, 65, 120, 121, 200, 201, 500, 501, 1024, 1025, 2000, 2001, 4095,
            4096,
            20_000, 20_001,
        ].flatMap { length -> [String] in
            let text = String(repeating: "x", count: length)
            let astral = String(repeating: "𝄞", count: length)
            return [
                "\"\(text)\"", "\"\(astral)\"", "\"/\(text.dropFirst())\"",
                "\"en-\(text.dropFirst(3))\"",
                "[\"\(astral)\"]", "[{\"narration\": \"\(text)\"}]",
                "[{\"narration\": \"x\", \"heading\": \"\(text)\"}]", "{\"a\": \"\(astral)\"}",
                "{\"\(text)\": \"a\"}",
            ]
        }
        let tags = ["en-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab", "en-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-abc"]
        let counts = [2, 5, 6, 40, 41, 60, 61].flatMap { count in
            ["\"x\"", "\"#0a0b0c\"", "{\"narration\": \"x\"}"].map { element in
                "[" + Array(repeating: element, count: count).joined(separator: ", ") + "]"
            }
        }
        let labels = [64, 65].map { count in
            "{" + (0..<count).map { "\"l\($0)\": \"x\"" }.joined(separator: ", ") + "}"
        }
        let quoted = (texts + tags + Platform.allCases.map(\.rawValue)).map { "\"\($0)\"" }
        return plain + quoted + quoted.map { "[\($0)]" } + quoted.map { "[\($0), \($0)]" } + lengths
            + counts + labels
    }
}

/// Debian's python3-jsonschema, run once for many specs.
private struct SchemaValidator {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads specs between record separators, writes a 1 or 0 for each.
    private let script = """
        import json, sys
        import jsonschema
        schema = json.load(open(sys.argv[1], encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        specs = open(sys.argv[2], encoding="utf-8", newline="").read().split("\\x1e")
        print("".join("1" if validator.is_valid(json.loads(spec)) else "0" for spec in specs))
        """

    func validate(_ specs: [String]) throws -> [Bool] {
        let directory = TemporaryDirectory()
        try write(script, to: "\(directory.path)/validate.py")
        try write(specs.joined(separator: "\u{1E}"), to: "\(directory.path)/specs")
        let schema = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let (output, status) = try run(
            "/usr/bin/python3 '\(directory.path)/validate.py' '/\(schema)/Config/job.schema.json' "
                + "'\(directory.path)/specs' 2>&1")
        guard status == 0 else {
            throw Missing(
                description: "cannot compare with the schema; is the Debian package "
                    + "python3-jsonschema installed? \(output)")
        }
        return output.compactMap { $0 == "1" ? true : $0 == "0" ? false : nil }
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        let bytes = Array(text.utf8)
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        #expect(fclose(file) == 0)
    }

    private func run(_ command: String) throws -> (output: String, status: Int32) {
        let pipe = try #require(popen(command, "r"))
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
            output += buffer[..<count]
        }
        return (String(decoding: output, as: UTF8.self), pclose(pipe))
    }
}
