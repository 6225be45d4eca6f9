import Core
import Testing

@testable import Video

@Suite struct ScriptWriterTests {
    let settings = VideoSettings()

    @Test(arguments: ["en", "de", "es", "fr-CA"], [5.0, 8, 15, 30, 60, 120, 180])
    func templateFitsTheDuration(_ language: String, _ duration: Double) throws {
        var brief = Brief(topic: "Why octopuses have three hearts")
        brief.language = language
        brief.duration = duration
        let (script, degradations) = try ScriptWriter.write(brief, settings)
        let needed = script.scenes.reduce(0) {
            $0 + SpeechRate.seconds($1.narration, language) + Timeline.pad
        }
        #expect(needed <= duration)
        #expect(duration < 8 || needed > duration * 0.55)
        #expect(duration > 5 || script.scenes.count <= 2)
        #expect(degradations.isEmpty || duration == 180)
        #expect(script.duration == duration)
        #expect(script.scenes.first?.heading == brief.topic)
        #expect(
            script.scenes.dropFirst().allSatisfy {
                (1...4).contains(PlainText.words($0.heading).count)
            })
        #expect(Set(script.scenes.map(\.narration)).count == script.scenes.count)
    }

    @Test func equalBriefsGiveEqualScriptsAndOthersOthers() throws {
        var brief = Brief(topic: "Tides")
        let first = try ScriptWriter.write(brief, settings).script
        #expect(try ScriptWriter.write(brief, settings).script == first)
        brief.topic = "Bread"
        let other = try ScriptWriter.write(brief, settings).script
        #expect(
            other.scenes.dropFirst().map(\.narration) != first.scenes.dropFirst().map(\.narration))
    }

    @Test func cutsATopicThatIsTooLongAndSaysSo() throws {
        var brief = Brief(topic: String(repeating: "incomprehensibilities ", count: 22))
        brief.duration = 5
        let (script, degradations) = try ScriptWriter.write(brief, settings)
        #expect(SpeechRate.seconds(script.scenes[0].narration, "en") < 5)
        #expect(degradations.count == 1)
        brief.topic = String(repeating: "w", count: 500)
        #expect(
            try SpeechRate.seconds(
                ScriptWriter.write(brief, settings).script.scenes[0].narration, "en") < 5)
    }

    @Test(arguments: ["🐙", "🐙 🎉🎉", "…!?", "\u{202E}\u{200B}"])
    func refusesWhatNobodyCanSay(_ topic: String) {
        #expect(throws: Failure.self) { try ScriptWriter.write(Brief(topic: topic), settings) }
    }

    @Test func speaksTheTopicWhereThereIsNoTemplate() throws {
        var brief = Brief(topic: "Miksi revontulet loistavat? Tarina pohjoisesta.")
        brief.language = "fi"
        let (script, degradations) = try ScriptWriter.write(brief, settings)
        #expect(script.scenes.map(\.narration).joined(separator: " ") == brief.topic)
        #expect(degradations == ["No template for language 'fi': only the topic is spoken."])
    }

    @Test func usesTheJobsOwnWords() throws {
        var brief = Brief(topic: "Bread")
        brief.keyPoints = ["Flour and water", "Time does the rest", "🥖"]
        brief.hook = "Do you bake?"
        brief.callToAction = "Try it"
        brief.category = "Food"
        let script = try ScriptWriter.write(brief, settings).script
        #expect(
            script.scenes.map(\.narration)
                == ["Do you bake?", "Flour and water.", "Time does the rest.", "Try it."])
        #expect(script.duration == nil)
        #expect(script.hashtags == ["#bread", "#food"])
        #expect(
            VideoTask.script.chain(brief, settings).filter { $0.suits(brief) }.map(\.name) == [
                "brief"
            ])
    }

    @Test func groupsATextIntoScenes() throws {
        var brief = Brief(topic: "Bees")
        brief.script = .text(
            "Bees dance. They tell each other where to fly. Dr. A. Smith watched them for 3.5 years!\n"
                + "And what did she find, when all was counted and written down at last?")
        let script = try ScriptWriter.write(brief, settings).script
        #expect(script.scenes.count == 3)
        #expect(script.scenes.last?.narration.hasPrefix("And what") == true)
    }

    @Test func namesTheDurationThatWouldFit() throws {
        var brief = Brief(topic: "Bees")
        brief.script = .text(
            String(repeating: "A sentence of some length is spoken here. ", count: 12))
        brief.duration = 10
        let failure = #expect(throws: Failure.self) { try ScriptWriter.write(brief, settings) }
        #expect(failure?.kind == .permanent)
        #expect(failure?.hint?.contains("set 'duration' to ") == true)
        brief.script = .text(
            String(repeating: "A sentence of some length is spoken here. ", count: 200))
        brief.duration = nil
        let other = #expect(throws: Failure.self) { try ScriptWriter.write(brief, settings) }
        #expect(other?.hint?.contains("at most 180") == true)
    }
}
