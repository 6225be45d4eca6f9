import Core
import Pipeline

/// Makes the sound in three steps: `mix` puts narration and music together, `level` brings that
/// to the loudness wanted, `sound` makes up for what the limiter took and encodes it.
enum Sound {
    static let mixPlace = "audio/mix.flac"
    static let loudnessPlace = "audio/mix.txt"
    static let levelPlace = "audio/level.flac"
    static let levelLoudnessPlace = "audio/level.txt"
    static let place = "audio/mix.m4a"
    private static let rate = 48_000
    /// How loud the music is before it makes room for a voice, in LUFS; a voice has about -20.
    private static let bed = -32.0

    /// The provider of the mix.
    static func mixProvider(_ brief: Brief, _ settings: VideoSettings) -> Provider {
        Provider(VideoProvider.mix.name, machine: settings.ffmpegParts) { files throws(Failure) in
            let timeline = try Timeline.load(files)
            var arguments = FFmpeg.quiet
            for index in timeline.scenes.indices {
                arguments += ["-i", "file:" + files.path(Narration.place(index))]
            }
            var graph = voiceGraph(timeline)
            if let music = brief.music {
                let loudness = try MusicBed.measured(
                    try files.read(MusicBed.loudnessPlace, limit: Loudness.limit))
                arguments += ["-i", "file:" + files.path(MusicBed.place)]
                graph += bedGraph(timeline, loudness, isSeamless: music == .ambient)
            }
            let whole = timeline.frames * rate / VideoSettings.frameRate
            graph += ",atrim=end_sample=\(whole)"
            return production(
                arguments, graph, as: mixPlace, loudness: loudnessPlace, settings)
        }
    }

    /// The provider of the mix at the loudness wanted, but for what the limiter takes.
    static func levelProvider(_ settings: VideoSettings) -> Provider {
        Provider(VideoProvider.level.name, machine: settings.ffmpegParts) { files throws(Failure) in
            let measured = try heard(try files.read(loudnessPlace, limit: Loudness.limit))
            let gain = min(max(settings.loudness - measured.integrated, -30), 40)
            return production(
                FFmpeg.quiet + ["-i", "file:" + files.path(mixPlace)], "[0:a]" + raised(by: gain),
                as: levelPlace, loudness: levelLoudnessPlace, settings)
        }
    }

    /// The provider of the finished sound.
    static func provider(_ settings: VideoSettings) -> Provider {
        Provider(VideoProvider.sound.name, machine: settings.ffmpegParts) { files throws(Failure) in
            let measured = try heard(try files.read(levelLoudnessPlace, limit: Loudness.limit))
            // The limiter will take a part of this, too.
            let missing = settings.loudness - measured.integrated
            let gain = min(max(missing > 0.1 ? missing * 1.5 : missing, -6), 6)
            return Production(
                tools: [
                    ToolInvocation(
                        settings.ffmpeg,
                        FFmpeg.quiet + ["-i", "file:" + files.path(levelPlace)]
                            + ["-af", raised(by: gain), "-c:a", "aac", "-b:a", "160k"]
                            + FFmpeg.exact + ["file:mix.m4a"])
                ],
                outputs: .files([.init("mix.m4a", as: place)]), reuse: .whenSame,
                check: { work throws(Failure) in
                    guard try work.size(of: "mix.m4a") > 500 else {
                        throw Failure(
                            .permanent, code: "bad_sound", operation: "make", subject: "mix.m4a",
                            cause: "the sound is empty")
                    }
                })
        }
    }

    /// A graph's outcome without loss, and how loud it is.
    private static func production(
        _ arguments: [String], _ graph: String, as place: String, loudness: String,
        _ settings: VideoSettings
    ) -> Production {
        Production(
            tools: [
                ToolInvocation(
                    settings.ffmpeg,
                    arguments
                        + [
                            "-filter_complex",
                            graph + "," + Loudness.meter("loudness.txt", peaks: false) + "[out]",
                            "-map", "[out]", "-c:a", "flac", "-sample_fmt", "s16",
                        ] + FFmpeg.exact + ["file:sound.flac"])
            ],
            outputs: .files([
                .init("sound.flac", as: place), .init("loudness.txt", as: loudness),
            ]), reuse: .whenSame,
            check: { work throws(Failure) in
                _ = try heard(try work.read("loudness.txt", limit: Loudness.limit))
            })
    }

    /// Raises a sound, its peaks limited to -2.5 dB: 1.5 dB remain for what rises between samples and
    /// in the encoder.
    private static func raised(by gain: Double) -> String {
        "volume=\(decimal(gain))dB,alimiter=limit=0.75:level=0:attack=5:release=50:asc=0,"
            + "aformat=sample_rates=\(rate):channel_layouts=stereo"
    }

    /// Every scene's speech, cut to what is spoken, as loud as the others' and laid at its time.
    private static func voiceGraph(_ timeline: Timeline) -> String {
        var graph = ""
        for (index, scene) in timeline.scenes.enumerated() {
            let begin = Double(scene.firstFrame) / Double(VideoSettings.frameRate)
            let delay = Int(((scene.speechStart - begin) * Double(rate)).rounded())
            let samples = scene.frames * rate / VideoSettings.frameRate
            let tempo = timeline.tempo != 1 ? "atempo=\(decimal(timeline.tempo))," : ""
            graph +=
                "[\(index):a]aresample=\(rate),aformat=sample_fmts=fltp:channel_layouts=mono,"
                + "atrim=start=\(decimal(scene.recordingStart)):end=\(decimal(scene.recordingEnd + 0.05)),"
                + "asetpts=PTS-STARTPTS,volume=\(decimal(scene.gain))dB,"
                + "\(tempo)adelay=delays=\(delay)S:all=1,"
                + "apad=whole_len=\(samples),atrim=end_sample=\(samples)[s\(index)];"
        }
        for index in timeline.scenes.indices { graph += "[s\(index)]" }
        return graph + "concat=n=\(timeline.scenes.count):v=0:a=1,highpass=f=70,"
            + "acompressor=threshold=0.1:ratio=3:attack=8:release=120,"
            + "aformat=channel_layouts=stereo"
    }

    /// The music under the voice: over and over if it is short, faded in and out, and lower while
    /// somebody speaks.
    private static func bedGraph(
        _ timeline: Timeline, _ music: Loudness, isSeamless: Bool
    ) -> String {
        let input = timeline.scenes.count
        let fadeOut = min(2, timeline.seconds / 4)
        var bed = "[\(input):a:0]"
        if music.seconds < timeline.seconds {
            // What does not end as it begins would click.
            let end = decimal(max(0, music.seconds - 0.4))
            if !isSeamless { bed += "afade=t=in:d=0.05,afade=t=out:st=\(end):d=0.3," }
            let longest = (Int(music.seconds) + 1) * rate
            bed += "aloop=loop=-1:size=\(longest),"
        }
        return ",asplit[voice][key];\(bed)atrim=end=\(decimal(timeline.seconds)),"
            + "volume=\(decimal(Self.bed - music.integrated))dB,"
            + "aformat=sample_fmts=fltp:channel_layouts=stereo,afade=t=in:d=0.8,"
            + "afade=t=out:st=\(decimal(timeline.seconds - fadeOut)):d=\(decimal(fadeOut))[bed];"
            + "[bed][key]sidechaincompress=threshold=0.03:ratio=6:attack=30:release=450:makeup=1[low];"
            + "[voice][low]amix=inputs=2:duration=first:normalize=0"
    }

    /// How loud something is; fails if it is silent.
    private static func heard(_ bytes: [UInt8]) throws(Failure) -> Loudness {
        let loudness = Loudness(bytes)
        guard loudness.integrated > -69 else {
            throw Failure(
                .permanent, code: "bad_sound", operation: "measure", subject: "the sound",
                cause: "it is silent, or its loudness is unknown")
        }
        return loudness
    }
}

extension VideoProvider {
    /// Voices and music.
    static let mix = VideoProvider(
        "ffmpeg-mix", .mix,
        programs: { [$0.ffmpeg] }
    ) { Sound.mixProvider($0.brief, $0.settings) }

    /// At the loudness wanted.
    static let level = VideoProvider(
        "ffmpeg-level", .level, programs: { [$0.ffmpeg] }
    ) { Sound.levelProvider($0.settings) }

    /// As it is published.
    static let sound = VideoProvider(
        "ffmpeg-sound", .sound,
        programs: { [$0.ffmpeg] }
    ) { Sound.provider($0.settings) }
}
