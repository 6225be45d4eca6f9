import Core
import Pipeline
import Testing

@testable import Video

/// What the gate says of sounds made to break it, and of one that is right.
@Suite struct SoundGateTests {
    private static let sine = "sine=frequency=1000:sample_rate=48000:duration=6,"

    struct Case: Sendable, CustomTestStringConvertible {
        var filter: String
        var options: [String] = []
        var fault: String?

        var testDescription: String { fault ?? "a right one" }
    }

    /// A sine of ffmpeg's has an amplitude of 1/8: -18 dB.
    static let cases = [
        Case(filter: sine + "volume=7.1dB"),
        Case(filter: sine + "volume=6.3dB", fault: "its loudness is"),
        Case(filter: sine + "volume=8dB", fault: "its loudness is"),
        Case(
            filter: sine + "volume='if(lt(t,0.03),11,2.26)':eval=frame",
            fault: "its true peak is"),
        Case(filter: sine + "volume=7.1dB,atrim=end=5.95", fault: "its sound lasts 5.9"),
        Case(filter: sine + "volume=7.1dB,apad=pad_dur=0.05", fault: "its sound lasts 6.0"),
        Case(filter: sine + "volume=7.1dB", options: ["-ar", "44100"], fault: "48 kHz"),
        Case(filter: sine + "volume=7.1dB", options: ["-ac", "1"], fault: "stereo"),
        Case(filter: sine + "volume=7.1dB", options: ["-c:a", "libmp3lame"], fault: "not AAC"),
        Case(
            filter: sine + "volume=7.1dB", options: ["-output_ts_offset", "0.2"],
            fault: "its sound begins at"),
        Case(filter: "anullsrc=r=48000:d=6", fault: "its loudness is"),
    ]

    @Test(arguments: cases) func catches(_ this: Case) async throws {
        let trial = Trial()
        let folder = Folder(path: trial.path("work"))
        try await folder.run(
            ToolInvocation(
                "ffmpeg",
                FFmpeg.quiet + ["-f", "lavfi", "-i", this.filter, "-ac", "2", "-c:a", "aac"]
                    + ["-b:a", "160k"] + this.options + ["video.mp4"]))
        for tool in SoundGate.tools("video.mp4", VideoSettings()) { try await folder.run(tool) }
        let verify = { () throws(Failure) in
            _ = try SoundGate.verify(folder, video: "video.mp4", seconds: 6, VideoSettings())
        }
        guard let fault = this.fault else {
            try verify()
            return
        }
        let failure = #expect(throws: Failure.self) { try verify() }
        #expect(failure?.cause.contains(fault) == true, "\(failure?.cause ?? "")")
    }

    @Test func wantsOneSound() {
        #expect(
            SoundGate.fault(.init(streams: []), Loudness([]), seconds: 5, wanted: -14)
                == "it has 0 sounds, not one")
    }
}
