import Core
import Glibc
import Pipeline
import Testing

@testable import Video

/// The voices as `reeld-speak` finds them on this machine.
@Suite struct VoiceTests {
    private func speak(_ engine: [String], _ words: [String]) async throws -> SpokenTimes {
        let trial = Trial()
        let folder = Folder(path: trial.path("work"))
        try folder.write(Array(words.joined(separator: "\n").utf8), to: "words.txt")
        try await folder.run(
            ToolInvocation("reeld-speak", engine + ["words.txt", "speech.wav", "times.txt"]))
        let bytes = try folder.read("speech.wav", limit: Narration.limit)
        let speech = try Narration.measured(bytes, "speech.wav")
        let times = try SpokenTimes(try folder.read("times.txt", limit: 1 << 20), "times.txt")
        let wave = try #require(WaveFile(bytes))
        #expect(times.pieces.allSatisfy { $0.start <= $0.end && $0.end <= wave.seconds + 0.01 })
        #expect(speech.seconds > 0.3)
        return times
    }

    @Test(arguments: Flite.names) func ofFliteTellEveryWord(_ voice: String) async throws {
        let words = ["In", "2021,", "Dr.", "Smith's", "bees", "-", "euro 5", "flew.", "Why?"]
        let times = try await speak(["flite", voice], words)
        #expect(times.pieces.map(\.word) == [0, 1, 2, 3, 4, 6, 7, 8])
    }

    @Test func ofEspeakSpeakEveryLanguageThereIs() async throws {
        for language in Language.espeakVoices {
            let words = ["Radio", "1", "[[x]]", "Mars."]
            let times = try await speak(["espeak-ng", language, "165"], words)
            #expect(Set(times.pieces.map(\.word)).isSuperset(of: [0, 3]), "\(language)")
        }
    }

    @Test(arguments: [
        (["flite", "slt"], "/libflite_cmu_us_slt.so"), (["espeak-ng", "de"], "/espeak-ng-data"),
    ])
    func tellWhichFilesTheyUse(_ voice: [String], _ wanted: String) async throws {
        let trial = Trial()
        let folder = Folder(path: trial.path("work"))
        try await folder.run(
            ToolInvocation(
                "reeld-speak", ["--files"] + voice, standardOutput: .file("files.txt")))
        let lines = String(
            decoding: try folder.read("files.txt", limit: 1 << 20), as: UTF8.self
        ).split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("/") && access(String($0), R_OK) == 0 })
        #expect(lines.contains { $0.contains(wanted) })
    }

    @Test(arguments: [
        ["flite", "../x"], ["espeak-ng", "nobody", "165"], ["espeak-ng", "en", "9"],
        ["piper", "a"],
    ])
    func refuseWhatThereIsNot(_ engine: [String]) async {
        await #expect(throws: Failure.self) { try await speak(engine, ["One"]) }
    }
}
