import Core
import Pipeline

/// Makes a scene's part of the video: the still in motion, the fade from the scene before, the
/// captions. Clips are joined later without encoding anything again.
enum Clip {
    /// Where the clip of the `index`-th scene, counted from 0, is kept.
    static func place(_ index: Int) -> String {
        "video_clips/clip_\(Narration.number(index)).mp4"
    }

    /// The provider of a scene's clip.
    static func provider(index: Int, brief: Brief, settings: VideoSettings) -> Provider {
        Provider("ffmpeg") { files throws(Failure) in
            let timeline = try Timeline.load(files)
            guard timeline.scenes.indices.contains(index) else {
                throw Failure(
                    .permanent, code: "scene_missing", operation: "make the clip of",
                    subject: "scene \(index + 1)", cause: "the timeline has no such scene")
            }
            let canvas = Canvas(brief.platform)
            let scene = timeline.scenes[index]
            let fade = index > 0 ? settings.crossfadeFrames : 0
            let previous = fade > 0 ? index - 1 : nil
            let inputs = [previous, index].compactMap { $0 }.flatMap { one in
                [
                    // At another rate than the video's, its time base would lose frames.
                    "-framerate", String(VideoSettings.frameRate), "-threads", "1",
                    "-i", "file:" + files.path(Card.place(one)),
                ]
            }
            let arguments =
                FFmpeg.quiet + inputs
                + [
                    "-filter_complex",
                    graph(
                        timeline, index: index, fade: fade, brief: brief, canvas: canvas, settings),
                    "-map", "[v]", "-frames:v", String(scene.frames),
                ] + encoding(settings.quality) + FFmpeg.exact
                + ["-video_track_timescale", "15360", "file:clip.mp4"]
            let captions = CaptionArt.document(scene, brief: brief, canvas: canvas)
            return Production(
                files: brief.captions ? ["captions.ass": captions] : [:],
                tools: [ToolInvocation(settings.ffmpeg, arguments)],
                outputs: .files([.init("clip.mp4", as: place(index))]),
                check: { work throws(Failure) in
                    guard try work.size(of: "clip.mp4") > 1000 else {
                        throw Failure(
                            .permanent, code: "bad_clip", operation: "make", subject: "clip.mp4",
                            cause: "the clip is empty")
                    }
                })
        }
    }

    /// The filter graph. It holds numbers and fixed names, nothing else.
    private static func graph(
        _ timeline: Timeline, index: Int, fade: Int, brief: Brief, canvas: Canvas,
        _ settings: VideoSettings
    ) -> String {
        /// The motion of a scene's still for `count` frames from its frame `first`.
        func motion(_ scene: Int, input: Int, first: Int, count: Int) -> String {
            // Every scene but the last goes on moving while it fades into the next.
            let isLast = scene + 1 == timeline.scenes.count
            let whole = timeline.scenes[scene].frames + (isLast ? 0 : settings.crossfadeFrames)
            let pan = Pan(frames: whole, travel: canvas.travel, backward: scene % 2 == 1)
            let still = canvas.still
            let at = pan.expression(from: first)
            let (x, y) = canvas.sideways ? (at, "0") : ("0", at)
            return "[\(input):v]scale=\(still.width):\(still.height)"
                + ":force_original_aspect_ratio=increase:out_color_matrix=bt709:out_range=tv,"
                + "crop=\(still.width):\(still.height),format=\(pan.keepsToGrid ? "yuv420p" : "yuv444p"),"
                + "loop=loop=\(count - 1):size=1:start=0,settb=1/\(VideoSettings.frameRate),setpts=N,"
                + "fps=\(VideoSettings.frameRate),crop=w=\(canvas.video.width)"
                + ":h=\(canvas.video.height):x='\(x)':y='\(y)',format=yuv420p"
        }
        let frames = timeline.scenes[index].frames
        var graph: String
        if fade > 0 {
            let length = fade * 1_000_000 / VideoSettings.frameRate
            let before = timeline.scenes[index - 1].frames
            graph =
                motion(index - 1, input: 0, first: before, count: fade) + "[a];"
                + motion(index, input: 1, first: 0, count: frames)
                + "[b];[a][b]xfade=transition=fade:duration=\(length)us:offset=0"
        } else {
            graph = motion(index, input: 0, first: 0, count: frames)
        }
        if brief.captions { graph += ",ass=captions.ass" }
        return graph + ",setsar=1[v]"
    }

    /// H.264 for the web, BT.709, a key frame at least every two seconds.
    private static func encoding(_ quality: VideoSettings.Quality) -> [String] {
        let effort =
            switch quality {
            case .fast:
                [
                    "-preset", "ultrafast", "-x264-params",
                    "cabac=1:deblock=0,0:8x8dct=1:keyint=60:min-keyint=60:scenecut=0",
                ]
            case .balanced:
                [
                    "-preset", "veryfast", "-x264-params",
                    "subme=1:ref=1:me=dia:trellis=0:b-adapt=0:keyint=60:aq-mode=3",
                ]
            }
        return ["-c:v", "libx264"] + effort
            + [
                "-crf", "20", "-threads", "1", "-pix_fmt", "yuv420p", "-colorspace", "bt709",
                "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
            ]
    }
}
