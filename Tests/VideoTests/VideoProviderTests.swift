import Core
import Foundation
import Pipeline
import Testing

@testable import Video

/// Who does each kind of work: the registry, and the order that job and operator give.
@Suite struct VideoProviderTests {
    @Test func areCalledDifferently() {
        let names = VideoProvider.all.map(\.name)
        #expect(Set(names).count == names.count)
        for task in VideoTask.allCases where task != .review {
            #expect(VideoProvider.all.contains { $0.task == task }, "nobody does \(task)")
        }
    }

    /// The lists that people read are those of the registry.
    @Test(arguments: ["Config/reeld.json5", "Config/job.schema.json"])
    func areDocumented(_ file: String) throws {
        let top = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(top)/\(file)", encoding: .utf8)
        for task in VideoTask.allCases where task != .review {
            let names = VideoProvider.all.filter { $0.task == task }.map { "\"\($0.name)\"" }
            let list = "[\(names.joined(separator: ", "))]"
            #expect(
                text.contains("\(task.rawValue): \(list)")
                    || text.contains(#""\#(task.rawValue)": { "type": "array", "minItems": 1"#)
                        && text.contains(#""items": { "enum": \#(list) }"#),
                "\(task.rawValue): \(list)")
        }
    }

    private func chain(_ spec: String) throws(JSONError) -> ProviderChains {
        try Brief(decoding: Array(#"{"topic": "x", "providers": \#(spec)}"#.utf8)).providers
    }

    @Test func areOrderedByJobThenOperatorThenOurselves() throws {
        var brief = Brief(topic: "x")
        var settings = VideoSettings()
        let names = { (task: VideoTask) in task.chain(brief, settings).map(\.name) }
        #expect(
            names(.narration) == ["flite", "flite-untimed", "espeak-ng", "espeak-ng-untimed"])
        settings.providers = [.narration: ["espeak-ng", "flite"]]
        #expect(names(.narration) == ["espeak-ng", "flite"] && names(.fonts).count == 2)
        #expect(!settings.programs.contains("espeak-ng") && settings.programs.contains("fc-list"))
        brief.providers = try chain(#"{"narration": ["flite-untimed"]}"#)
        #expect(names(.narration) == ["flite-untimed"])
        let steps = try VideoPipeline.definition(brief: brief, settings: settings)
            .steps(MemorySession(), [])
        #expect(steps.map { $0.providers.map(\.name) } == [["template"], ["accept"]])
    }

    /// What nobody of a chain can do is told by asking it, before anything is made.
    @Test func areAskedBeforeAnythingIsMade() throws {
        var brief = Brief(topic: "x")
        let objection = { VideoPipeline.objections(to: brief, VideoSettings()).first }
        brief.providers = [.narration: ["flite"]]
        #expect(objection() == nil)
        brief.language = "de"
        let failure = try #require(objection()?.failure)
        #expect(failure.code == "unsupported_language" && failure.cause.contains("flite"))
        brief.language = "en"
        brief.music = .file("/music.mp3")
        brief.providers = [.music: ["ambient"]]
        #expect(objection()?.field == "music" && objection()?.failure.code == "no_provider")
        brief.music = .ambient
        #expect(objection() == nil)
        brief.providers = [.script: ["brief"]]
        #expect(objection()?.field == "providers")
        brief.keyPoints = ["one"]
        #expect(objection() == nil)
    }

    @Test(arguments: [
        (#"{"naration": ["flite"]}"#, "did you mean 'narration'?"),
        (#"{"narration": ["flit"]}"#, "did you mean 'flite'?"),
        (#"{"narration": ["ffmpeg-cut"]}"#, "nobody does narration who is called so"),
        (#"{"narration": ["flite", "flite"]}"#, "named twice"),
        (#"{"narration": []}"#, "$.providers.narration"),
        (#"{"narration": "flite"}"#, "$.providers.narration"),
        (#"{"narration": ["flite", 1]}"#, "$.providers.narration[1]"),
        (#"["flite"]"#, "$.providers"),
    ])
    func areNamedRightly(_ spec: String, _ word: String) {
        let error = #expect(throws: JSONError.self) { try chain(spec) }
        #expect(error.map { "\($0)".contains(word) } == true, "\(error.map { "\($0)" } ?? "")")
    }
}
