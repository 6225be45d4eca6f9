import Core
import Pipeline

/// What plays under the narration.
public enum Music: Hashable, Sendable {
    /// A sound file, by its absolute path.
    case file(String)
    /// The built-in one: slow chords and a few soft notes, made for the job.
    case ambient

    /// What a job spec calls the built-in one.
    static let ambientName = "ambient"
}

/// Makes the music ready for the mix: decoded, and its loudness and length known.
enum MusicBed {
    static let place = "audio/music.flac"
    static let loudnessPlace = "audio/music.txt"

    /// The shortest that can be played again and again, in seconds.
    private static let shortest = 1.0
    /// What is quieter all through is silence, in LUFS.
    private static let silence = -60.0

    /// The provider for a file. No more of it is read than a video can use.
    fileprivate static func file(_ path: String, _ settings: VideoSettings) -> Provider {
        Provider(
            VideoProvider.musicFile.name, machine: settings.ffmpegParts, externals: [path]
        ) { files throws(Failure) in
            try MusicFile.examine(path, files)
            let longest = VideoSettings.durations.upperBound
            return production(
                [
                    "-protocol_whitelist", "file", "-format_whitelist", MusicFile.formats,
                    "-t", decimal(longest), "-i", "file:" + path,
                ], "[0:a:0]aresample=48000", settings)
        }
    }

    /// The provider of the built-in one.
    fileprivate static func ambient(_ brief: Brief, _ settings: VideoSettings) -> Provider {
        Provider(VideoProvider.ambient.name, machine: settings.ffmpegParts) { _ throws(Failure) in
            let tune = AmbientTune(seed: SeededRandom.seed(brief.topic))
            return production([], tune.graph, settings)
        }
    }

    private static func production(
        _ input: [String], _ source: String, _ settings: VideoSettings
    ) -> Production {
        let graph =
            source + ",aformat=sample_fmts=s16:channel_layouts=stereo,"
            + Loudness.meter("loudness.txt", peaks: false) + "[music]"
        return Production(
            tools: [
                ToolInvocation(
                    settings.ffmpeg,
                    FFmpeg.quiet + input + ["-filter_complex", graph, "-map", "[music]"]
                        + ["-c:a", "flac", "-sample_fmt", "s16"] + FFmpeg.exact
                        + ["file:music.flac"],
                    blame: failure("it has no sound that can be read"))
            ],
            outputs: .files([
                .init("music.flac", as: place), .init("loudness.txt", as: loudnessPlace),
            ]), reuse: .whenSame,
            check: { work throws(Failure) in
                _ = try measured(try work.read("loudness.txt", limit: Loudness.limit))
            })
    }

    /// The loudness and length of the music; fails if nobody could hear it.
    static func measured(_ bytes: [UInt8]) throws(Failure) -> Loudness {
        let loudness = Loudness(bytes)
        guard loudness.seconds >= shortest else {
            throw failure(
                "it is shorter than \(decimal(shortest)) s, or damaged so that no more can be read")
        }
        guard loudness.integrated > silence else { throw failure("it is silent") }
        return loudness
    }

    private static func failure(_ cause: String) -> Failure {
        Failure(
            .permanent, code: "bad_music", operation: "use", subject: "the music", cause: cause,
            hint: "Give another sound file as 'music', or \"\(Music.ambientName)\"")
    }
}

extension VideoProvider {
    /// A file that the job names.
    static let musicFile = VideoProvider(
        "music-file", .music, programs: { [$0.ffmpeg] },
        suits: { if case .file = $0.music { true } else { false } }
    ) { request in
        guard case .file(let path) = request.brief.music else { return nil }
        return MusicBed.file(path, request.settings)
    }

    /// The built-in one.
    static let ambient = VideoProvider(
        "ambient", .music, programs: { [$0.ffmpeg] },
        suits: { $0.music == .ambient }
    ) { request in
        guard request.brief.music == .ambient else { return nil }
        return MusicBed.ambient(request.brief, request.settings)
    }
}
