import Core
import Glibc
import Pipeline
import Testing

@testable import Video

/// The captions' times against what is heard in the finished video.
@Suite struct WordTimeTests {
    private static let aligner = "/usr/bin/pocketsphinx_continuous"
    private static let model = "/usr/share/pocketsphinx/model/en-us"
    static let canAlign = access(aligner, X_OK) == 0 && access(model, R_OK) == 0

    /// A finished video.
    private struct Video {
        /// Keeps the files.
        let trial: Trial
        let timeline: Timeline
        /// Has the sound as 16-bit PCM at 16 kHz in `heard.wav`.
        let folder: Folder

        var words: [Timeline.Word] { timeline.scenes.flatMap(\.words) }
    }

    private func video(_ brief: Brief) async throws -> Video {
        let trial = Trial()
        var settings = VideoSettings()
        settings.encoder = .fast
        let published = try await trial.run(
            VideoPipeline.definition(brief: brief, settings: settings))
        let video = try #require(published.last)
        let folder = Folder(path: trial.path("work"))
        try await folder.run(
            ToolInvocation(
                "ffmpeg",
                FFmpeg.quiet + ["-i", "file:" + trial.path("final_output/\(video)")]
                    + ["-vn", "-ac", "1", "-ar", "16000", "file:heard.wav"]))
        let timeline = try Timeline.load(trial)
        #expect(timeline.scenes.allSatisfy { !$0.estimated })
        return Video(trial: trial, timeline: timeline, folder: folder)
    }

    /// pocketsphinx, told which words it will hear, says when each begins.
    @Test(
        .enabled(
            if: canAlign, "pocketsphinx and its English model are needed: apt install pocketsphinx")
    )
    func areThoseOfFlite() async throws {
        var brief = Brief(topic: "The tide")
        brief.platform = .square
        // Less time than the voice takes by itself, so that its tempo is changed as well.
        brief.duration = 11.5
        brief.captionStyle = .none
        brief.script = .text(
            """
            The Moon pulls on the Earth, and most of all on the side that faces it.
            So the water rises towards the Moon, and a second wave forms on the far side.
            They stop for a breath before they touch a piece.
            """)
        let video = try await video(brief)
        let words = video.words
        #expect(video.timeline.tempo > 1.02)
        let names = words.map { $0.text.lowercased().filter(\.isLetter) }
        try video.folder.write(
            Array("#JSGF V1.0;\ngrammar g;\npublic <s> = \(names.joined(separator: " "));\n".utf8),
            to: "words.gram")
        try await video.folder.run(
            ToolInvocation(
                Self.aligner,
                [
                    "-infile", "heard.wav", "-jsgf", "words.gram", "-time", "yes", "-bestpath",
                    "no", "-beam", "1e-80", "-wbeam", "1e-60", "-pbeam", "1e-80", "-logfn",
                    "/dev/null",
                ], standardOutput: .file("aligned.txt")))
        let lines = String(
            decoding: try video.folder.read("aligned.txt", limit: 1 << 20), as: UTF8.self
        ).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        // `earth 1.300 1.660 0.99`; a second pronunciation is `the(2)`.
        let heard = lines.filter { $0.count == 4 && !$0[0].hasPrefix("<") }
        #expect(heard.map { String($0[0].prefix { $0 != "(" }) } == names)
        let errors = zip(words, heard).compactMap { word, line in
            Double(line[1]).map { abs($0 - word.start) }
        }
        try #require(errors.count == words.count)
        let mean = errors.reduce(0, +) / Double(errors.count)
        print("flite: \(words.count) words, mean \(mean) s, most \(errors.max() ?? 0) s")
        #expect(mean <= 0.08)
        #expect(errors.allSatisfy { $0 <= 0.2 })
    }

    /// No model reads espeak-ng's voice reliably. The sound itself says when a word begins that
    /// follows a silence, and what lies between is as the voice tells.
    @Test func areThoseOfEspeak() async throws {
        var brief = Brief(topic: "Vulkane")
        brief.platform = .square
        brief.language = "de"
        brief.captionStyle = .none
        brief.script = .text(
            "Tief unter der Erde ist es heiß, so heiß, dass Stein schmilzt. Er steigt auf, langsam."
        )
        let video = try await video(brief)
        let words = video.words
        let wave = try #require(WaveFile(try video.folder.read("heard.wav", limit: 1 << 24)))
        let measure = try #require(SpeechMeasure(wave))
        let onsets = [measure.start] + measure.pauses.map(\.upperBound)
        let afterSilence = zip([nil] + words, words).filter { before, word in
            before.map { ",.".contains($0.text.last ?? " ") } ?? true
        }.map(\.1)
        #expect(afterSilence.count == 5)
        let errors = afterSilence.map { word in
            onsets.map { abs($0 - word.start) }.min() ?? .infinity
        }
        print("espeak-ng: after a silence \(errors)")
        #expect(errors.reduce(0, +) / Double(errors.count) <= 0.08)
        #expect(errors.allSatisfy { $0 <= 0.2 })
        #expect(video.timeline.scenes.count == 2)
    }
}
