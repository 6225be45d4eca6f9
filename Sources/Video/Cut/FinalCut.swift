import Core
import Pipeline

/// Joins clips and sound into the video, and refuses what is not as it has to be.
enum FinalCut {
    /// The provider of everything that is published.
    static func provider(_ brief: Brief, _ settings: VideoSettings) -> Provider {
        let parts =
            settings.ffmpegParts + [.program(settings.ffprobe), .program(settings.motion)]
        return Provider(VideoProvider.cut.name, machine: parts) { files throws(Failure) in
            let timeline = try Timeline.load(files)
            let script = try Script.load(files)
            let name = name(brief, files)
            let description = "metadata\(brief.suffix).json"
            let video = "\(name).mp4"
            let metadata = VideoMetadata(script, timeline, brief, settings, files)
            let clips = timeline.scenes.enumerated().map {
                (path: files.path(Clip.place($0, brief)), frames: $1.frames)
            }
            let join =
                FFmpeg.quiet
                + ["-f", "concat", "-safe", "0", "-i", "file:clips.txt"]
                + ["-i", "file:" + files.path(Sound.place), "-map", "0:v", "-map", "1:a"]
                + ["-c", "copy", "-movflags", "+faststart"]
                + FFmpeg.exact + ["file:\(video)"]
            let poster = Poster(timeline, brief)
            let gate = VideoGate(size: brief.size, frames: timeline.frames)
            let canvas = Canvas(brief)
            var written = [
                "clips.txt": Array(list(clips).utf8),
                "\(name).srt": try files.read(CaptionFile.subRipPlace, limit: 1 << 22),
                "\(name).vtt": try files.read(CaptionFile.webVTTPlace, limit: 1 << 22),
            ]
            var tools = [ToolInvocation(settings.ffmpeg, join)] + gate.tools(video, settings)
            if brief.captions {
                written["captions.ass"] = CaptionCheck.document(timeline, brief, canvas)
                tools.append(CaptionCheck.tool(timeline, canvas, settings))
            }
            return Production(
                files: written,
                tools: tools + SoundGate.tools(video, settings) + poster.tools(files, settings)
                    + [
                        ToolInvocation(
                            settings.ffmpeg, ["-version"], standardOutput: .file("version.txt"))
                    ],
                outputs: .publication([
                    "\(name).srt", "\(name).vtt", "\(name).jpg", description, video,
                ]),
                degradations: lengthRemark(timeline, brief).map { [$0] } ?? [],
                check: { work throws(Failure) in
                    try gate.verify(video, work)
                    if brief.captions,
                        let fault = CaptionCheck.fault(
                            try work.read("boxes.txt", limit: 1 << 22), canvas)
                    {
                        throw VideoGate.failure(video, fault)
                    }
                    try work.write(try poster.best(work), to: "\(name).jpg")
                    let loudness = try SoundGate.verify(
                        work, video: video, seconds: timeline.seconds, settings)
                    var metadata = metadata
                    metadata.loudness = hundredths(loudness.integrated)
                    metadata.truePeak = loudness.truePeak.map(hundredths)
                    metadata.versions["ffmpeg"] = version(
                        try work.read("version.txt", limit: 1 << 16))
                    metadata.bytes = try work.size(of: video)
                    try work.write(
                        try StoredJSON.encode(metadata, place: description), to: description)
                })
        }
    }

    /// What the files of the video are called, but for their suffixes.
    static func name(_ brief: Brief, _ files: SessionFiles) -> String {
        "final_video_\(files.id)\(brief.suffix)"
    }

    /// That the platform takes no video so long or so short, if it does not.
    static func lengthRemark(_ timeline: Timeline, _ brief: Brief) -> String? {
        let allowed = brief.platform.facts.seconds
        guard !allowed.contains(timeline.seconds) else { return nil }
        return
            "The video is \(decimal(timeline.seconds)) s long, and \(brief.platform.rawValue) takes "
            + "\(decimal(allowed.lowerBound)) to \(decimal(allowed.upperBound)) s."
    }

    /// The version of ffmpeg by what it says of itself: `ffmpeg version 5.1.6-0+deb12u1 Copyright …`.
    static func version(_ said: [UInt8]) -> String {
        let words = String(decoding: said.prefix(200), as: UTF8.self).split(separator: " ")
        return words.count > 2 ? PlainText.clean(String(words[2])) : "unknown"
    }

    private static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    /// The list ffmpeg's concat demuxer reads. It says how long each clip is, for an MP4 file
    /// itself knows only to the millisecond, and the frames would drift off their grid.
    static func list(_ clips: [(path: String, frames: Int)]) -> String {
        "ffconcat version 1.0\n"
            + clips.map { clip in
                let microseconds = clip.frames * 1_000_000 / VideoSettings.frameRate
                return "file \(quoted("file:" + clip.path))\nduration \(microseconds)us\n"
            }.joined()
    }

    /// Quoted as ffmpeg's `av_get_token` undoes it: nothing is special between single quotes but
    /// the quote itself.
    static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}

extension VideoProvider {
    /// All clips with their sound.
    static let cut = VideoProvider(
        "ffmpeg-cut", .cut,
        programs: { [$0.ffmpeg, $0.ffprobe, $0.motion] }
    ) { FinalCut.provider($0.brief, $0.settings) }
}
