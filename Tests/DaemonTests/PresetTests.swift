import Core
import Spool
import TestSupport
import Testing
import Video

@testable import Daemon

/// What job specs take from the configuration.
@Suite struct PresetTests {
    private func configuration(_ text: String) throws(JSONError) -> Configuration {
        try Configuration(decoding: Array(text.utf8))
    }

    private func fault(_ text: String) -> JSONError? {
        do throws(JSONError) { _ = try configuration(text) } catch { return error }
        return nil
    }

    private func complete(_ spec: String, _ text: String) throws(JSONError) -> Presets.Merged {
        try configuration(text).specPresets.complete(Array(spec.utf8))
    }

    private func refusal(_ spec: String, _ text: String) -> JSONError? {
        do throws(JSONError) { _ = try complete(spec, text) } catch { return error }
        return nil
    }

    private static let science = """
        {
          presets: { science: { voice: "slt", platform: "youtube", labels: { a: "preset", b: "preset" } } },
          defaults: { platform: "square", language: "en-GB", labels: { b: "all", c: "all" } },
        }
        """

    @Test func theSpecGoesBeforeThePresetAndThatBeforeTheDefaults() throws {
        let merged = try complete(
            #"{"topic": "T", "preset": "science", "voice": "kal", "labels": {"a": "spec"}}"#,
            Self.science)
        #expect(merged.brief.voice == "kal")
        #expect(merged.brief.platform == .youtube)
        #expect(merged.brief.language == "en-GB")
        #expect(merged.brief.labels == ["a": "spec", "b": "preset", "c": "all"])
        let effective = try #require(merged.effective)
        #expect(effective.preset == "science")
        #expect(
            effective.origins == [
                "topic": "spec", "preset": "spec", "voice": "spec", "labels.a": "spec",
                "platform": "preset science", "labels.b": "preset science",
                "language": "defaults", "labels.c": "defaults",
            ])
        // What is on record is a spec of its own, which says the same without any configuration.
        #expect(try Brief(recorded: effective.bytes) == merged.brief)
    }

    @Test func withoutAPresetTheDefaultsHold() throws {
        let merged = try complete(#"{"topic": "T"}"#, Self.science)
        #expect(merged.brief.platform == .square)
        #expect(merged.brief.labels == ["b": "all", "c": "all"])
        #expect(merged.effective?.preset == nil)
    }

    @Test func aSpecThatTakesNothingIsAllThereIs() throws {
        #expect(try complete(#"{"topic": "T"}"#, "{presets: {a: {voice: 'slt'}}}").effective == nil)
        let named = try complete(
            #"{"topic": "T", "preset": "a", "voice": "kal"}"#, "{presets: {a: {voice: 'slt'}}}")
        #expect(named.effective?.preset == "a")
    }

    @Test func whatExcludesAFieldOfTheSpecIsNotTaken() throws {
        let text = "{presets: {a: {orientation: 'landscape', key_points: ['K']}}}"
        let merged = try complete(
            #"{"topic": "T", "preset": "a", "resolution": "480x640", "script": "S"}"#, text)
        #expect(merged.brief.orientation == nil && merged.brief.keyPoints.isEmpty)
        #expect(merged.effective?.origins["orientation"] == nil)
        // Both of one preset are.
        let both = try complete(
            #"{"topic": "T", "preset": "b"}"#,
            "{presets: {b: {orientation: 'portrait', resolution: '480x640'}}}")
        #expect(both.brief.orientation == .portrait && both.brief.resolution != nil)
    }

    @Test func anUnknownPresetIsRefusedWithWhatThereIs() throws {
        let error = try #require(
            refusal("{\n  \"topic\": \"T\",\n  \"preset\": \"sciense\"\n}", Self.science))
        #expect(error.path == "$.preset" && error.line == 3 && error.column == 13)
        #expect(error.reason.contains("there is no preset 'sciense' (did you mean 'science'?)"))
        #expect(error.hint == "The presets are science")
        let none = try #require(refusal(#"{"topic": "T", "preset": "x"}"#, "{}"))
        #expect(none.hint == "The configuration has none: leave the field out")
    }

    @Test(arguments: ["\"../../etc\"", "\"\\u0000\"", "\"A\"", "7", "null", "[\"science\"]", "{}"])
    func aPresetsNameIsOnlyAName(_ value: String) throws {
        let error = try #require(
            refusal("{\"topic\": \"T\", \"preset\": \(value)}", Self.science))
        #expect(error.path == "$.preset")
    }

    @Test func faultsAreWhereTheSpecIsOrNamesThePreset() throws {
        let own = try #require(
            refusal(
                "{\"topic\": \"T\", \"preset\": \"science\",\n\"duration\": 1}", Self.science))
        #expect(own.path == "$.duration" && own.line == 2 && own.column == 13)
        #expect(!own.reason.contains("preset"))
        let borrowed = try #require(
            refusal(
                "{\"topic\": \"T\", \"platform\": \"square\",\n\"preset\": \"a\"}",
                "{presets: {a: {variants: ['square']}}}"))
        #expect(borrowed.path == "$.variants" && borrowed.line == 2 && borrowed.column == 11)
        #expect(borrowed.reason.hasSuffix("which is from preset a"))
    }

    @Test func labelsThatAreTooManyTogetherAreRefusedWithTheReason() throws {
        let own = (0..<64).map { "\"l\($0)\": \"x\"" }.joined(separator: ",")
        let error = try #require(
            refusal(
                "{\"topic\": \"T\", \"preset\": \"science\", \"labels\": {\(own)}}", Self.science))
        #expect(error.path == "$.labels")
        #expect(error.reason.hasSuffix("not 67, some of it from preset science"), "\(error)")
    }

    private static let faults = [
        // path, text, a part of the reason
        ("$.presets.science.voice", "{presets: {science: {voice: '-v'}}}", "the name of a voice"),
        ("$.presets.a.topic", "{presets: {a: {topic: 'T'}}}", "for each job spec itself"),
        ("$.presets.a.id", "{presets: {a: {id: 'T'}}}", "for each job spec itself"),
        ("$.presets.a.script", "{presets: {a: {script: 'T'}}}", "for each job spec itself"),
        ("$.presets.a.preset", "{presets: {a: {preset: 'b'}}}", "for each job spec itself"),
        ("$.presets.a.voise", "{presets: {a: {voise: 'slt'}}}", "did you mean 'voice'"),
        ("$.presets.a.labels.x", "{presets: {a: {labels: {x: 1}}}}", "a string"),
        ("$.presets.a.music", "{presets: {a: {music: null}}}", "must not be null"),
        ("$.presets.a.music", "{presets: {a: {music: '/x/y'}}}", "outside the directories"),
        (
            "$.presets.a.images", "{presets: {a: {images: ['/x/y']}}}", "outside the directories"
        ),
        ("$.presets.a.pipeline", "{presets: {a: {pipeline: 'x'}}}", "no pipeline 'x'"),
        ("$.presets.A", "{presets: {A: {}}}", "cannot be a preset's name"),
        ("$.presets", "{presets: []}", "an object"),
        ("$.presets.a", "{presets: {a: []}}", "an object"),
        ("$.defaults.id", "{defaults: {id: 'x'}}", "for each job spec itself"),
        ("$.defaults.priority", "{defaults: {priority: 101}}", "from -100 to 100"),
    ]

    @Test(arguments: faults)
    func aBadPresetIsRefusedWithTheConfiguration(
        _ path: String, _ text: String, _ reason: String
    ) throws {
        let error = try #require(fault(text), "\(text)")
        #expect(error.path == path)
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test func whatIsInEffectSaysThemAsTheyAre() throws {
        let text = """
            {presets: {a: {labels: {camelCase: "x", "a b": "\\n"}, duration: 12.5, priority: 3}},
             defaults: {palette: ["#ffffff", "#000000"]}}
            """
        let before = try configuration(text)
        let after = try configuration(before.effective())
        #expect(
            after.presets.mapValues { Set($0.members.map(\.key)) } == [
                "a": ["labels", "duration", "priority"]
            ])
        let spec = Array(#"{"topic": "T", "preset": "a"}"#.utf8)
        #expect(
            try after.specPresets.complete(spec).brief == before.specPresets.complete(spec).brief)
    }

    /// The time zone of the daemon at the claim, once and for all.
    @Test func aLocalTimeIsPutOnRecordAsTheMomentItIs() throws {
        let merged = try complete(#"{"topic": "T", "not_before": "2026-11-27 09:00"}"#, "{}")
        let moment = try #require(merged.brief.notBefore)
        let text = String(decoding: try #require(merged.effective).bytes, as: UTF8.self)
        #expect(text.contains("\"\(CivilTime(secondsSince1970: moment).rfc3339)\""))
        #expect(
            try complete(#"{"topic": "T", "not_before": "2026-11-27T09:00:00Z"}"#, "{}").effective
                == nil)
    }
}
