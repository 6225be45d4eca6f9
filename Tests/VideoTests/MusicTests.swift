import Core
import Glibc
import Pipeline
import Testing

@testable import Video

@Suite struct MusicTests {
    private func make(_ production: Production, in folder: Folder) async throws {
        for tool in production.tools { try await folder.run(tool) }
        try production.check(folder)
    }

    /// Each is refused, and those that can be read with a sentence about the music.
    @Test(arguments: [
        ("silent", "it is silent"), ("short", "it is shorter than 1 s"), ("damaged", nil),
        ("text", "it does not begin like a sound file"), ("empty", "it does not begin like"),
        ("cut", "it is shorter than 1 s"),
    ])
    func refuses(_ kind: String, _ cause: String?) async throws {
        let good = wave([(3, 6000)])
        let bytes: [UInt8] =
            switch kind {
            case "silent": wave([(3, 0)])
            case "short": wave([(0.6, 6000)])
            case "damaged":
                Array("fLaC".utf8) + (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            case "text": Array("#EXTM3U\nhttp://example.com/a.mp3\n".utf8)
            case "cut": Array(good.prefix(44 + 8000))
            default: []
            }
        let trial = Trial()
        let folder = Folder(path: trial.path("work"))
        try folder.write(bytes, to: "it's; [a] music.wav")
        var brief = Brief(topic: "x")
        brief.music = .file(folder.path + "/it's; [a] music.wav")
        let provider = try #require(VideoProvider.musicFile.make(.init(brief)))
        let failure = await #expect(throws: Failure.self) {
            try await make(try provider.produce(MemorySession()), in: folder)
        }
        if let cause {
            #expect(failure?.code == "bad_music")
            #expect(failure?.cause.contains(cause) == true, "\(failure?.cause ?? "")")
        }
    }

    @Test func isTheSameForTheSameSeed() throws {
        #expect(AmbientTune(seed: 7) == AmbientTune(seed: 7))
        #expect(Set((0..<20).map { AmbientTune(seed: $0) }).count > 15)
        for seed in UInt64(0)..<50 {
            let tune = AmbientTune(seed: seed)
            #expect(tune.chords.allSatisfy { $0.allSatisfy { (38...72).contains($0) } })
            #expect(tune.plucks.allSatisfy { $0.note <= 84 && $0.start < AmbientTune.seconds })
            // Nothing in it could end the quotes it stands in.
            #expect(tune.graph.split(separator: "'").count == 3)
        }
    }

    /// Short music is repeated; all of it is lower while somebody speaks, and fades out.
    @Test(arguments: [true, false]) func makesRoomForTheVoice(_ isAmbient: Bool) async throws {
        let trial = Trial()
        let folder = Folder(path: trial.path("work"))
        try folder.write(wave([(2.5, 3000)], rate: 3000), to: "music.wav")
        var brief = Brief(topic: "x")
        brief.music = isAmbient ? .ambient : .file(folder.path + "/music.wav")
        let music = isAmbient ? VideoProvider.ambient : .musicFile
        let provider = try #require(music.make(.init(brief)))
        try await make(try provider.produce(trial), in: folder)
        let audio = Folder(path: trial.path("audio"))
        try audio.write(try folder.read("music.flac", limit: 1 << 26), to: "music.flac")
        try audio.write(try folder.read("loudness.txt", limit: 1 << 24), to: "music.txt")
        // A voice at 800 Hz, from 3 s on, which a filter takes out of the mix again.
        try audio.write(wave([(5, 8000)]), to: "scene_01.wav")
        var timeline = try Timeline(
            speech: [.init(start: 0, end: 5)], narrations: ["a"], duration: 12, fastest: 1)
        timeline.tempo = 1
        timeline.scenes[0].speechStart = 3
        try Folder(path: trial.path("metadata")).write(
            try StoredJSON.encode(timeline, place: Timeline.place), to: "timeline.json")
        unlink(folder.path + "/loudness.txt")
        try await make(try Sound.mixProvider(brief, VideoSettings()).produce(trial), in: folder)
        let low = Array(repeating: "lowpass=f=250", count: 5).joined(separator: ",")
        try await folder.run(
            ToolInvocation(
                "ffmpeg",
                FFmpeg.quiet + ["-i", "file:sound.flac", "-ac", "1", "-af", low, "bed.wav"]))
        let bed = try #require(WaveFile(try folder.read("bed.wav", limit: 1 << 26)))
        #expect(abs(bed.seconds - 12) < 0.001)
        let strength = { (from: Double, to: Double) -> Double in
            let part = bed.samples[Int(from * 48000)..<Int(to * 48000)]
            return (part.reduce(0) { $0 + Double($1) * Double($1) } / Double(part.count))
                .squareRoot()
        }
        #expect(strength(1, 2.8) > 20, "there is music before the voice")
        #expect(strength(4, 7) * 1.8 < strength(1, 2.8), "and less of it under the voice")
        #expect(strength(9, 10) * 4 > strength(1, 2.8), "it comes back, and goes on")
        #expect(strength(11.9, 12) * 4 < strength(9, 10), "it fades out")
    }
}
