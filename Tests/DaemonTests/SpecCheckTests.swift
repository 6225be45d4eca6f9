import Core
import TestSupport
import Testing

@testable import Daemon

/// All that is wrong with a spec, as the daemon sees it.
@Suite struct SpecCheckTests {
    private let directory = TemporaryDirectory()

    private func configuration() throws -> Configuration {
        try Configuration(
            decoding: Array(
                """
                {presets: {science: {voice: "slt"}, german: {language: "de"}},
                 video: {image_directories: ["\(directory.path)"]}}
                """.utf8))
    }

    private func problems(
        _ spec: String, without configuration: Bool = false
    ) async throws -> [String] {
        var check = SpecCheck(configuration ? nil : try self.configuration())
        return await check.problems(of: Array(spec.utf8)).map(\.text)
    }

    @Test func findsAllThatIsWrong() async throws {
        let found = try await problems(
            """
            {"duration": 1, "labels": {"a": 1, "b": "x", "c": 2}, "topic": "",
             "preset": "sience", "voise": "slt", "pipeline": "none",
             "script": [1, 2], "images": ["/etc/passwd", "\(directory.path)/none.png"]}
            """)
        let wanted = [
            "line 1, column 14, $.duration: must be a number",
            "line 1, column 33, $.labels.a: must",
            "line 1, column 51, $.labels.c: must", "line 1, column 64, $.topic: must have",
            "line 2, column 12, $.preset: there is no preset 'sience' (did you mean 'science'?)",
            "line 2, column 22, $.voise: unknown field",
            "line 2, column 50, $.pipeline: there is no",
            "line 3, column 13, $.script[0]: must be", "$.images: names a file outside",
            "$.images[1]: '\(directory.path)/none.png': ",
        ]
        #expect(found.count == wanted.count, "\(found)")
        for text in wanted {
            #expect(found.contains { $0.contains(text) }, "\(text) in \(found)")
        }
    }

    @Test func aGoodSpecHasNone() async throws {
        #expect(try await problems(#"{"topic": "T", "preset": "science"}"#) == [])
    }

    @Test(arguments: ["", "{", "[]", "null", #"{"topic": "T", "topic": "U"}"#])
    func whatIsNoSpecHasOne(_ spec: String) async throws {
        #expect(try await problems(spec).count == 1)
    }

    @Test func hostileSpecsEnd() async throws {
        let fields = (0..<5000).map { "\"x\($0)\": 1" }.joined(separator: ",")
        #expect(try await problems("{\(fields)}").count == SpecCheck.most)
    }

    @Test(arguments: [
        (#"{"topic": "T", "voice": "nobody"}"#, "$.voice: voice 'nobody'"),
        (#"{"topic": "T", "language": "xx"}"#, "$.language: language 'xx'"),
        (
            #"{"topic": "T", "preset": "german", "voice": "slt"}"#,
            "$.voice: voice 'slt': it does not speak"
        ),
    ])
    func voicesAndLanguagesAreKnown(_ spec: String, _ text: String) async throws {
        let found = try await problems(spec)
        #expect(found.count == 1 && found[0].contains(text), "\(found)")
    }

    /// What the configuration would say is not guessed.
    @Test func withoutAConfigurationTheRestIsChecked() async throws {
        let unknown =
            #"{"topic": "T", "preset": "x", "pipeline": "own", "voice": "slt", "language": "de"}"#
        #expect(try await problems(unknown, without: true) == [])
        #expect(
            try await problems(#"{"topic": "T", "preset": "x", "voice": "slt"}"#, without: true)
                == [])
        #expect(
            try await problems(#"{"topic": "T", "voice": "nobody"}"#, without: true).count == 1)
    }
}
