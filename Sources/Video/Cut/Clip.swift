import Core
import Motion
import Pipeline

/// Makes a scene's part of the video: the still in motion, the transition from the scene before,
/// the captions. Every frame is encoded once; clips are joined later without doing it again.
enum Clip {
    /// Where the clip of the `index`-th scene, counted from 0, is kept.
    static func place(_ index: Int, _ brief: Brief) -> String {
        "video_clips/clip_\(Narration.number(index))\(brief.suffix).mp4"
    }

    /// How many frames a brief's transitions take.
    static func transitionFrames(_ brief: Brief, _ settings: VideoSettings) -> Int {
        brief.transition == .none ? 0 : settings.transitionFrames
    }

    /// The arguments by which ffmpeg takes a film's frames.
    static func input(_ film: Film) -> [String] {
        ["-f", "rawvideo", "-video_size", "\(film.width)x\(film.height)"]
            + ["-framerate", "\(VideoSettings.frameRate)", "-pixel_format", "yuv420p"]
            + ["-color_range", "tv", "-colorspace", "bt709", "-i", "pipe:0"]
    }

    /// The provider of a scene's clip.
    static func provider(index: Int, brief: Brief, settings: VideoSettings) -> Provider {
        let fonts = brief.captions ? [settings.fonts] : []
        let parts = settings.ffmpegParts + [.program(settings.motion)] + fonts
        return Provider(VideoProvider.clip.name, machine: parts) { files throws(Failure) in
            let timeline = try Timeline.load(files)
            guard timeline.scenes.indices.contains(index) else {
                throw Failure(
                    .permanent, code: "scene_missing", operation: "make the clip of",
                    subject: "scene \(index + 1)", cause: "the timeline has no such scene")
            }
            let canvas = Canvas(brief)
            let film = film(index, timeline, brief, canvas, files, settings)
            let filter = (brief.captions ? "ass=captions.ass," : "") + "setsar=1"
            let encoding =
                FFmpeg.quiet + input(film) + ["-vf", filter]
                + settings.encoder.arguments(megabits: brief.platform.facts.megabits)
                + FFmpeg.exact + ["-video_track_timescale", "15360", "file:clip.mp4"]
            let captions = CaptionArt.document(
                timeline.scenes[index], brief: brief, canvas: canvas)
            return Production(
                files: brief.captions ? ["captions.ass": captions] : [:],
                tools: [
                    ToolInvocation(
                        settings.motion, film.arguments + ["--", settings.ffmpeg] + encoding)
                ],
                outputs: .files([.init("clip.mp4", as: place(index, brief))]),
                reuse: .whenSame,
                check: { work throws(Failure) in
                    guard try work.size(of: "clip.mp4") > 1000 else {
                        throw Failure(
                            .permanent, code: "bad_clip", operation: "make", subject: "clip.mp4",
                            cause: "the clip is empty")
                    }
                })
        }
    }

    /// The frames of a scene before captions.
    private static func film(
        _ index: Int, _ timeline: Timeline, _ brief: Brief, _ canvas: Canvas,
        _ files: any SessionFiles, _ settings: VideoSettings
    ) -> Film {
        let overlap = transitionFrames(brief, settings)
        func shot(_ scene: Int) -> Film.Shot {
            // Every scene but the last goes on moving while the next one takes its place.
            let isLast = scene + 1 == timeline.scenes.count
            let route = CardDesign(brief, index: scene).route
            return Film.Shot(
                still: files.path(Card.place(scene, brief)),
                journey: route.journey(
                    frames: timeline.scenes[scene].frames + (isLast ? 0 : overlap)))
        }
        var film = Film(
            width: canvas.video.width, height: canvas.video.height,
            frames: timeline.scenes[index].frames, shot: shot(index))
        if index > 0, overlap > 0 {
            film.opening = Film.Opening(
                brief.transition, frames: overlap, from: shot(index - 1),
                at: timeline.scenes[index - 1].frames)
        }
        return film
    }
}

extension VideoProvider {
    /// A still in motion.
    static let clip = VideoProvider(
        "ffmpeg-clip", .clip,
        programs: { [$0.ffmpeg, $0.motion] }
    ) {
        Clip.provider(index: $0.index, brief: $0.brief, settings: $0.settings)
    }
}
