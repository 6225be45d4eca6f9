import Core
import Pipeline

/// The last look at the sound of a finished video, as a viewer will hear it.
enum SoundGate {
    /// How far from the loudness wanted it may be, in LU.
    static let tolerance = 0.5
    /// The highest true peak, in dBTP.
    static let highestPeak = -1.0

    /// What measures the sound of `video`, a file of the working directory.
    static func tools(_ video: String, _ settings: VideoSettings) -> [ToolInvocation] {
        [
            ToolInvocation(
                settings.ffmpeg,
                FFmpeg.quiet + ["-i", "file:\(video)", "-vn", "-af"]
                    + [Loudness.meter("loudness.txt", peaks: true), "-f", "null", "-"]),
            ToolInvocation(
                settings.ffprobe,
                [
                    "-v", "error", "-select_streams", "a", "-show_entries",
                    "stream=codec_name,sample_rate,channels,start_time,duration", "-of", "json",
                    "file:\(video)",
                ], standardOutput: .file("sound.json")),
        ]
    }

    /// What ffprobe says of the sound.
    struct Report: Hashable, Decodable, Sendable {
        struct Stream: Hashable, Decodable, Sendable {
            var codec, rate, start, duration: String?
            var channels: Int?

            enum CodingKeys: String, CodingKey {
                case codec = "codec_name"
                case rate = "sample_rate"
                case start = "start_time"
                case duration, channels
            }
        }

        var streams: [Stream]
    }

    /// Fails unless the sound is as it has to be: 48 kHz AAC in stereo, as long as the video to
    /// within a frame, at the loudness wanted, with no peak too high.
    static func verify(
        _ work: any WorkFiles, video: String, seconds: Double, _ settings: VideoSettings
    ) throws(Failure) -> Loudness {
        let report = try StoredJSON.decode(
            Report.self, try work.read("sound.json", limit: 1 << 20), place: "sound.json")
        let loudness = Loudness(try work.read("loudness.txt", limit: Loudness.limit))
        if let fault = fault(report, loudness, seconds: seconds, wanted: settings.loudness) {
            throw Failure(
                .permanent, code: "bad_sound", operation: "publish", subject: video, cause: fault)
        }
        return loudness
    }

    /// What is wrong with the sound; nil if nothing is.
    static func fault(
        _ report: Report, _ loudness: Loudness, seconds: Double, wanted: Double
    ) -> String? {
        guard report.streams.count == 1, let sound = report.streams.first else {
            return "it has \(report.streams.count) sounds, not one"
        }
        if sound.codec != "aac" || sound.rate != "48000" || sound.channels != 2 {
            return "its sound is not AAC in stereo at 48 kHz"
        }
        let frame = 1 / Double(VideoSettings.frameRate)
        guard let start = sound.start.flatMap({ Double($0) }), abs(start) < 0.001 else {
            return "its sound begins at \(sound.start ?? "an unknown time"), not at 0"
        }
        guard let length = sound.duration.flatMap({ Double($0) }), abs(length - seconds) <= frame
        else {
            return
                "its sound lasts \(sound.duration ?? "unknown") s, not \(decimal(seconds)) s"
        }
        if abs(loudness.integrated - wanted) > tolerance {
            return
                "its loudness is \(decimal(loudness.integrated)) LUFS, not \(decimal(wanted))"
        }
        guard let peak = loudness.truePeak, peak <= highestPeak else {
            return
                "its true peak is \(loudness.truePeak.map { decimal($0) } ?? "unknown") dBTP, "
                + "not at most \(decimal(highestPeak))"
        }
        return nil
    }
}
