import Core
import Testing
import Video

@Suite struct BriefDecodingTests {
    private func brief(_ text: String) throws -> Brief { try Brief(decoding: Array(text.utf8)) }

    @Test func needsATopicAlone() throws {
        #expect(
            try brief(#"{"topic": "Why the sky is blue"}"#) == Brief(topic: "Why the sky is blue"))
    }

    @Test func readsEveryField() throws {
        let text = """
            {"topic": "Tea", "platform": "youtube_shorts", "duration": 45.5, "category": "Cooking",
             "language": "pt-BR", "key_points": ["Boil", "Pour"], "hook": "Tea!",
             "call_to_action": "Sip.", "tone": "calm", "audience": "all", "voice": "en-gb",
             "palette": ["#0b3d91", "#87CEEB"], "captions": "line", "music": "/srv/a b.ogg",
             "priority": -7, "not_before": "2026-11-23T05:52:45+01:00",
             "labels": {"campaign": "spring", "empty": ""}, "pipeline": "copy-2"}
            """
        var expected = Brief(topic: "Tea")
        expected.platform = .youtubeShorts
        expected.duration = 45.5
        expected.category = "Cooking"
        expected.language = "pt-BR"
        expected.keyPoints = ["Boil", "Pour"]
        expected.hook = "Tea!"
        expected.callToAction = "Sip."
        expected.tone = "calm"
        expected.audience = "all"
        expected.voice = "en-gb"
        expected.palette = ["#0b3d91", "#87CEEB"]
        expected.captionStyle = .line
        expected.music = .file("/srv/a b.ogg")
        expected.priority = -7
        expected.notBefore = 1_795_409_565
        expected.labels = ["campaign": "spring", "empty": ""]
        expected.pipeline = "copy-2"
        #expect(try brief(text) == expected)
    }

    @Test func readsAScriptAsTextOrScenes() throws {
        #expect(try brief(#"{"topic": "T", "script": "One.\nTwo."}"#).script == .text("One.\nTwo."))
        let scenes = try brief(
            #"{"topic": "T", "script": ["One.", {"narration": "Two."}, {"heading": "3", "narration": "Three."}]}"#
        )
        #expect(
            scenes.script
                == .scenes([
                    Brief.SceneText(narration: "One."), Brief.SceneText(narration: "Two."),
                    Brief.SceneText(heading: "3", narration: "Three."),
                ]))
    }

    @Test func saysWhatIsWrongAndWhere() throws {
        let text = """
            {
              "topic": "Tea",
              "duration": "ten"
            }
            """
        let error = try #require(throws: JSONError.self) { try brief(text) }
        #expect(
            error.description
                == "line 3, column 15, $.duration: must be a number from 5 to 180, not \"ten\"")
    }

    @Test(arguments: SpecTable.bad)
    func namesTheField(_ spec: SpecTable.Bad) throws {
        let error = try #require(throws: JSONError.self) { try brief(spec.text) }
        #expect(error.path == spec.path, "\(error)")
        #expect(error.reason.contains(spec.reason), "\(error)")
        #expect(!error.isTruncated)
    }

    @Test(arguments: SpecTable.beyondTheSchema)
    func refusesWhatASchemaCannot(_ spec: SpecTable.Bad) throws {
        let error = try #require(throws: JSONError.self) { try brief(spec.text) }
        #expect(error.path == spec.path, "\(error)")
        #expect(error.reason.contains(spec.reason), "\(error)")
    }

    @Test(arguments: SpecTable.good)
    func accepts(_ text: String) {
        #expect(throws: Never.self) { try brief(text) }
    }

    @Test func waitsForWhatIsBeingWritten() throws {
        for text in ["", "\n", #"{"topic": "T""#] {
            #expect(try #require(throws: JSONError.self) { try brief(text) }.isTruncated)
        }
    }
}
