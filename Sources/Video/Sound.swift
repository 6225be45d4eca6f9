import Core
import Pipeline

/// Makes the sound in two steps: `mix` puts narration and music together and measures how loud
/// that is, `sound` brings it to the loudness wanted and encodes it.
enum Sound {
    static let mixPlace = "audio/mix.flac"
    static let loudnessPlace = "audio/loudness.txt"
    static let place = "audio/mix.m4a"
    private static let rate = 48_000

    /// The provider of the mix.
    static func mixProvider(_ brief: Brief, _ settings: VideoSettings) -> Provider {
        Provider("ffmpeg") { files throws(Failure) in
            let timeline = try Timeline.load(files)
            var arguments = FFmpeg.quiet
            for index in timeline.scenes.indices {
                arguments += ["-i", "file:" + files.path(Narration.place(index))]
            }
            if let music = brief.music {
                try MusicFile.examine(music)
                arguments += [
                    "-protocol_whitelist", "file", "-format_whitelist", MusicFile.formats,
                    "-stream_loop", "-1", "-t", decimal(timeline.seconds), "-i", "file:" + music,
                ]
            }
            arguments +=
                ["-filter_complex", mixGraph(timeline, hasMusic: brief.music != nil)]
                + ["-map", "[mix]", "-c:a", "flac", "-sample_fmt", "s16"] + FFmpeg.exact
                + ["file:mix.flac"]
            return Production(
                tools: [ToolInvocation(settings.ffmpeg, arguments)],
                outputs: .files([
                    .init("mix.flac", as: mixPlace), .init("loudness.txt", as: loudnessPlace),
                ]),
                check: { work throws(Failure) in
                    _ = try loudness(try work.read("loudness.txt", limit: 1 << 22))
                })
        }
    }

    /// The provider of the finished sound.
    static func provider(_ settings: VideoSettings) -> Provider {
        Provider("ffmpeg") { files throws(Failure) in
            let measured = try loudness(try files.read(loudnessPlace, limit: 1 << 22))
            let gain = min(max(settings.loudness - measured, -30), 40)
            // The limit leaves 1 dB for what rises between samples and in the encoder.
            let filter =
                "volume=\(decimal(gain))dB,alimiter=limit=0.794:level=0:attack=5:release=50:asc=0,"
                + "aformat=sample_rates=\(rate):channel_layouts=stereo"
            return Production(
                tools: [
                    ToolInvocation(
                        settings.ffmpeg,
                        FFmpeg.quiet + ["-i", "file:" + files.path(mixPlace), "-af", filter]
                            + ["-c:a", "aac", "-b:a", "160k"] + FFmpeg.exact + ["file:mix.m4a"])
                ],
                outputs: .files([.init("mix.m4a", as: place)]),
                check: { work throws(Failure) in
                    guard try work.size(of: "mix.m4a") > 500 else {
                        throw Failure(
                            .permanent, code: "bad_sound", operation: "make", subject: "mix.m4a",
                            cause: "the sound is empty")
                    }
                })
        }
    }

    /// Every scene's speech, cut to what is spoken and laid at its time; the music under it,
    /// lower while somebody speaks.
    private static func mixGraph(_ timeline: Timeline, hasMusic: Bool) -> String {
        var graph = ""
        for (index, scene) in timeline.scenes.enumerated() {
            let begin = Double(scene.firstFrame) / Double(VideoSettings.frameRate)
            let delay = Int(((scene.speechStart - begin) * Double(rate)).rounded())
            let samples = scene.frames * rate / VideoSettings.frameRate
            let tempo = timeline.tempo > 1 ? "atempo=\(decimal(timeline.tempo))," : ""
            graph +=
                "[\(index):a]aresample=\(rate),aformat=sample_fmts=fltp:channel_layouts=mono,"
                + "atrim=start=\(decimal(scene.recordingStart)):end=\(decimal(scene.recordingEnd + 0.05)),"
                + "asetpts=PTS-STARTPTS,\(tempo)adelay=delays=\(delay)S:all=1,"
                + "apad=whole_len=\(samples),atrim=end_sample=\(samples)[s\(index)];"
        }
        let count = timeline.scenes.count
        for index in 0..<count { graph += "[s\(index)]" }
        graph +=
            "concat=n=\(count):v=0:a=1,highpass=f=70,"
            + "acompressor=threshold=0.1:ratio=3:attack=8:release=120,"
            + "aformat=channel_layouts=stereo"
        if hasMusic {
            let end = decimal(max(0, timeline.seconds - 1.5))
            graph +=
                ",asplit[voice][key];[\(count):a:0]loudnorm=I=-24:TP=-3:LRA=11,aresample=\(rate),"
                + "aformat=sample_fmts=fltp:channel_layouts=stereo,afade=t=in:d=0.6,"
                + "afade=t=out:st=\(end):d=1.5[bed];"
                + "[bed][key]sidechaincompress=threshold=0.03:ratio=6:attack=20:release=350[low];"
                + "[voice][low]amix=inputs=2:duration=first:normalize=0"
        }
        let whole = timeline.frames * rate / VideoSettings.frameRate
        return graph + ",atrim=end_sample=\(whole),ebur128=metadata=1,"
            + "ametadata=mode=print:key=lavfi.r128.I:file=loudness.txt[mix]"
    }

    /// The integrated loudness in LUFS, the last that ffmpeg's ebur128 filter printed.
    static func loudness(_ bytes: [UInt8]) throws(Failure) -> Double {
        let text = String(decoding: bytes, as: UTF8.self)
        let last = text.split(separator: "\n").last { $0.hasPrefix("lavfi.r128.I=") }
        guard let last, let value = Double(last.dropFirst("lavfi.r128.I=".count)),
            value.isFinite, value > -69
        else {
            throw Failure(
                .permanent, code: "bad_sound", operation: "measure", subject: "the mix",
                cause: "it is silent, or its loudness is unknown")
        }
        return value
    }
}
