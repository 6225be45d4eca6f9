import Core
import Foundation
import Pipeline
import Testing

@testable import Video

// example
extension VideoProvider {
    /// Takes out the scenes with figures that the job does not vouch for.
    static let factCheck = VideoProvider(
        "fact-check", .review
    ) { request in
        let known = FactCheck.figures(request.brief.topic + request.brief.keyPoints.joined())
        return ScriptReview.provider("fact-check", request) { script throws(Failure) in
            var script = script
            let before = script.scenes.count
            script.scenes.removeAll { !FactCheck.figures($0.narration).isSubset(of: known) }
            guard !script.scenes.isEmpty else {
                throw Failure(
                    .permanent, code: "unsupported_claims", operation: "check the facts of",
                    subject: "the script", cause: "no scene is without a figure of its own")
            }
            let left = before - script.scenes.count
            return (
                script, left == 0 ? [] : ["\(left) scenes with figures of their own are left out."]
            )
        }
    }
}

enum FactCheck {
    static func figures(_ text: String) -> Set<Substring> {
        Set(text.split(whereSeparator: { !$0.isNumber }))
    }
}
// end of the example

/// Those who look at a script before anything is made by it.
@Suite struct ReviewerTests {
    private func definition(
        _ brief: Brief, _ settings: VideoSettings = VideoSettings()
    ) -> PipelineDefinition {
        VideoPipeline.definition(
            brief: brief, settings: settings, registry: VideoProvider.all + [.factCheck])
    }

    private func brief() -> Brief {
        var brief = Brief(topic: "An octopus has 3 hearts")
        brief.script = .scenes([
            .init(narration: "An octopus has 3 hearts."), .init(narration: "And 17 hats."),
        ])
        return brief
    }

    /// Performs the steps before the first thing that is made, none of which runs a tool.
    private func perform(_ pipeline: PipelineDefinition) throws -> (MemorySession, [Production]) {
        var session = MemorySession()
        var productions: [Production] = []
        for step in try pipeline.steps(session, []) {
            let production = try step.providers[0].produce(session)
            guard case .files(let outputs) = production.outputs else { continue }
            for output in outputs { session.files[output.place] = production.files[output.file] }
            productions.append(production)
        }
        return (session, productions)
    }

    @Test func comeBetweenTheWriterAndTheRest() throws {
        let pipeline = definition(brief())
        let steps = try pipeline.steps(MemorySession(), [])
        #expect(steps.map(\.name) == ["draft", "review-fact-check", "script"])
        #expect(steps.map(\.needs) == [[], ["draft"], ["review-fact-check"]])
        let (session, productions) = try perform(pipeline)
        let narrations = { (place: String) in
            try Script.load(session, from: place).scenes.map(\.narration)
        }
        let all = ["An octopus has 3 hearts.", "And 17 hats."]
        #expect(try narrations(ScriptReview.draft) == all)
        #expect(try narrations(Script.place) == [all[0]])
        #expect(productions[1].degradations.count == 1)
        let names = Set(["draft", "review-fact-check", "script"])
        let rest = try pipeline.steps(session, names)
        #expect(rest.contains { $0.name == "narration-01" })
        #expect(!rest.contains { $0.name == "narration-02" })
    }

    @Test func sayNothingOfWhatTheyLeftAsItWas() throws {
        let (_, productions) = try perform(definition(Brief(topic: "Bees")))
        #expect(productions[1].degradations == [])
    }

    @Test func mayRefuse() throws {
        var brief = brief()
        brief.topic = "An octopus"
        #expect(throws: Failure.self) { try perform(definition(brief)) }
    }

    /// Whoever comes or goes by a reload does not look again at what was accepted.
    @Test func areThoseOfWhenItWasAccepted() throws {
        var brief = brief()
        let (session, _) = try perform(definition(brief))
        let before = try definition(brief).steps(session, ["draft", "script"])
        #expect(before.prefix(2).map(\.name) == ["draft", "script"])
        #expect(before[1].needs == [])
        brief.providers = [.review: []]
        let after = try definition(brief).steps(
            session, ["draft", "review-fact-check", "script"])
        #expect(after.prefix(2).map(\.name) == ["draft", "script"])
        #expect(after[1].needs == ["draft"])
        var state = PipelineState()
        try state.define(after)
    }

    /// What newcomers are shown is this example.
    @Test func areExplained() throws {
        let top = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try String(contentsOfFile: #filePath, encoding: .utf8)
        let start = try #require(text.range(of: "// example\n"))
        let end = try #require(text.range(of: "// end of the example"))
        let guide = try String(contentsOfFile: "\(top)/CONTRIBUTING.md", encoding: .utf8)
        #expect(guide.contains(text[start.upperBound..<end.lowerBound]))
    }
}
