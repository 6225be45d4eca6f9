import Core
import Testing

@testable import Video

@Suite struct FileFormatTests {
    @Test func readsWaveFiles() throws {
        let bytes = wave([(0.2, 0), (0.5, 8000), (0.3, 0), (0.4, 8000), (0.1, 0)])
        let file = try #require(WaveFile(bytes))
        #expect(file.rate == 16_000)
        #expect(abs(file.seconds - 1.5) < 0.001)
        #expect(file.peak == 8000)
        let speech = try #require(SpeechMeasure(file))
        #expect(abs(speech.start - 0.2) < 0.02 && abs(speech.end - 1.4) < 0.02)
        #expect(speech.pauses.count == 1)
        // A writer to a pipe cannot know the size.
        let piped = riff(
            rate: 8000, channels: 2, bits: 16, data: [0, 1, 0, 3], claimed: 0x7FFF_F000)
        #expect(WaveFile(piped)?.samples == [512])
    }

    @Test func refusesOtherWaveFiles() {
        #expect(WaveFile(riff(rate: 8000, channels: 0, bits: 16, data: [0, 0], claimed: 2)) == nil)
        #expect(WaveFile(riff(rate: 1, channels: 1, bits: 16, data: [0, 0], claimed: 2)) == nil)
        #expect(WaveFile(riff(rate: 8000, channels: 1, bits: 24, data: [0, 0], claimed: 2)) == nil)
        #expect(throws: Failure.self) { try Narration.measured(wave([(1, 0)]), "x.wav") }
        #expect(throws: Failure.self) { try Narration.measured([], "x.wav") }
    }

    /// Whatever the bytes, the readers return.
    @Test func survivesGarbage() {
        var random = SeededRandom(seed: 1)
        let good = wave([(0.01, 500)])
        for round in 0..<2000 {
            var bytes =
                round % 2 == 0 ? Array(good.prefix(Int.random(in: 0...90, using: &random))) : []
            if bytes.isEmpty {
                bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                    .random(in: 0...255, using: &random)
                }
            } else {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            _ = WaveFile(bytes).flatMap { SpeechMeasure($0) }
            _ = MP4Boxes.types(bytes)
            _ = MusicFile.isSound(bytes)
            _ = Loudness(bytes)
        }
    }

    @Test func readsBoxes() {
        func box(_ type: String, _ size: UInt8, _ body: Int) -> [UInt8] {
            [0, 0, 0, size] + Array(type.utf8) + Array(repeating: 0, count: body)
        }
        let fast = box("ftyp", 12, 4) + box("moov", 200, 40)
        #expect(MP4Boxes.types(fast) == ["ftyp", "moov"])
        #expect(MP4Boxes.startsFast(fast))
        #expect(!MP4Boxes.startsFast(box("ftyp", 12, 4) + box("mdat", 8, 0) + box("moov", 8, 0)))
        #expect(!MP4Boxes.startsFast(box("moov", 8, 0)))
        let large: [UInt8] = [0, 0, 0, 1] + Array("free".utf8) + [0, 0, 0, 0, 0, 0, 0, 16]
        #expect(MP4Boxes.types(large + box("moov", 8, 0)) == ["free", "moov"])
        #expect(MP4Boxes.types(box("ftyp", 3, 20)) == ["ftyp"])
    }

    @Test func knowsSoundFilesByTheirStart() {
        let rest = [UInt8](repeating: 0, count: 8)
        #expect(MusicFile.isSound(Array("RIFF____WAVE".utf8)))
        #expect(MusicFile.isSound(Array("ID3".utf8) + [3] + rest))
        #expect(MusicFile.isSound([0xFF, 0xFB, 0x90, 0] + rest))
        #expect(!MusicFile.isSound(Array("#EXTM3U\nfile.ts".utf8)))
        #expect(!MusicFile.isSound(Array("ffconcat version 1.0".utf8)))
        #expect(throws: Failure.self) {
            try MusicFile.examine("/nonexistent/music.mp3", MemorySession())
        }
        #expect(throws: Failure.self) { try MusicFile.examine("/dev", MemorySession()) }
        #expect(throws: Failure.self) { try MusicFile.examine("music.mp3", MemorySession()) }
    }

    @Test func readsTheLoudness() {
        let text = "frame:0 pts:0\nlavfi.r128.I=-70.000\nframe:1\nlavfi.r128.I=-21.472\n"
        let loudness = Loudness(Array((text + "lavfi.r128.true_peak=0.5\n").utf8))
        #expect(loudness.integrated == -21.472)
        #expect(abs(loudness.seconds - 0.2) < 1e-9)
        #expect(abs((loudness.truePeak ?? 0) + 6.02) < 0.01)
        for bad in ["", "lavfi.r128.I=nan", "lavfi.r128.I=-70.000"] {
            #expect(Loudness(Array(bad.utf8)).integrated == -70)
        }
    }

    @Test func quotesForTheConcatList() {
        #expect(FinalCut.quoted("/it's") == "'/it'\\''s'")
        #expect(
            FinalCut.list([("/a b", 137)])
                == "ffconcat version 1.0\nfile 'file:/a b'\nduration 4566666us\n")
    }

    @Test func namesWhatIsWrongWithAVideo() {
        let video = ProbeReport.Stream(
            codecType: "video", codecName: "h264", width: 1080, height: 1920, frameRate: "30/1",
            frames: "150", pixels: "yuv420p", pixelShape: "1:1", range: "tv", matrix: "bt709",
            transfer: "bt709", primaries: "bt709", start: "0.000000")
        let sound = ProbeReport.Stream(
            codecType: "audio", codecName: "aac", channels: 2, sampleRate: "48000")
        let size = PixelSize(width: 1080, height: 1920)
        var report = ProbeReport(
            streams: [video, sound], format: .init(duration: "5.02", size: "9"))
        #expect(report.fault(size: size, frames: 150) == nil)
        #expect(report.fault(size: size, frames: 151)?.contains("frames") == true)
        report.format.duration = "5.2"
        #expect(report.fault(size: size, frames: 150)?.contains("lasts") == true)
        report.format.duration = "5"
        report.streams[0].start = "0.033333"
        #expect(report.fault(size: size, frames: 150)?.contains("begins at") == true)
        report.streams = [video]
        #expect(report.fault(size: size, frames: 150)?.contains("0 audio") == true)
    }
}
