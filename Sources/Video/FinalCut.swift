import Core
import Pipeline

/// Joins clips and sound into the video, and refuses what is not as it has to be.
enum FinalCut {
    /// The provider of everything that is published.
    static func provider(_ brief: Brief, _ settings: VideoSettings) -> Provider {
        Provider("ffmpeg") { files throws(Failure) in
            let timeline = try Timeline.load(files)
            let script = try Script.load(files)
            let name = "final_video_\(files.id)"
            let video = "\(name).mp4"
            let metadata = VideoMetadata(script, timeline, brief, files)
            let clips = timeline.scenes.enumerated().map {
                (path: files.path(Clip.place($0)), frames: $1.frames)
            }
            let join =
                FFmpeg.quiet
                + ["-f", "concat", "-safe", "0", "-i", "file:clips.txt"]
                + ["-i", "file:" + files.path(Sound.place), "-map", "0:v", "-map", "1:a"]
                + ["-c", "copy", "-movflags", "+faststart"]
                + FFmpeg.exact + ["file:\(video)"]
            let poster =
                FFmpeg.quiet + ["-threads", "1", "-ss", decimal(min(1.6, timeline.seconds / 3))]
                + ["-i", "file:\(video)", "-frames:v", "1", "-q:v", "3", "-threads", "1"]
                + FFmpeg.exact + ["-update", "1", "file:\(name).jpg"]
            let probe = [
                "-v", "error", "-show_entries",
                "stream=codec_type,codec_name,width,height,avg_frame_rate,nb_frames,channels,sample_rate"
                    + ":format=duration,size", "-of", "json", "file:\(video)",
            ]
            return Production(
                files: [
                    "clips.txt": Array(list(clips).utf8),
                    "\(name).srt": try files.read(CaptionFile.subRipPlace, limit: 1 << 22),
                    "\(name).vtt": try files.read(CaptionFile.webVTTPlace, limit: 1 << 22),
                ],
                tools: [
                    ToolInvocation(settings.ffmpeg, join),
                    ToolInvocation(settings.ffmpeg, poster),
                    ToolInvocation(settings.ffprobe, probe, standardOutput: .file("probe.json")),
                    // The first boxes say whether the index comes first; no need for the rest.
                    ToolInvocation(
                        "head", ["-c", "4096", video], standardOutput: .file("start.bin")),
                ] + SoundGate.tools(video, settings),
                outputs: .publication([
                    "\(name).srt", "\(name).vtt", "\(name).jpg", "metadata.json", video,
                ]),
                check: { work throws(Failure) in
                    try verify(work, video: video, poster: "\(name).jpg", brief, timeline)
                    let loudness = try SoundGate.verify(
                        work, video: video, seconds: timeline.seconds, settings)
                    var metadata = metadata
                    metadata.loudness = hundredths(loudness.integrated)
                    metadata.truePeak = loudness.truePeak.map(hundredths)
                    metadata.bytes = try work.size(of: video)
                    try work.write(
                        try StoredJSON.encode(metadata, place: "metadata.json"),
                        to: "metadata.json")
                })
        }
    }

    private static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func verify(
        _ work: any WorkFiles, video: String, poster: String, _ brief: Brief, _ timeline: Timeline
    ) throws(Failure) {
        func failure(_ subject: String, _ cause: String) -> Failure {
            Failure(
                .permanent, code: "bad_video", operation: "publish", subject: subject,
                cause: cause)
        }
        guard try work.size(of: video) > 0 else { throw failure(video, "it is empty") }
        guard try work.size(of: poster) > 0 else { throw failure(poster, "it is empty") }
        let report = try StoredJSON.decode(
            ProbeReport.self, try work.read("probe.json", limit: 1 << 20), place: "probe.json")
        if let fault = report.fault(size: brief.platform.size, frames: timeline.frames) {
            throw failure(video, fault)
        }
        guard MP4Boxes.startsFast(try work.read("start.bin", limit: 1 << 16)) else {
            throw failure(video, "its index does not come before its data")
        }
    }

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
