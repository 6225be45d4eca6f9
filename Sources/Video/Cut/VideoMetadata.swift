import Core
import Pipeline

/// What is published beside a video about it: `metadata.json`.
struct VideoMetadata: Hashable, Codable, Sendable {
    /// One scene, its times in seconds.
    struct Scene: Hashable, Codable, Sendable {
        var heading, narration: String
        var start, duration: Double
    }

    var title, description: String
    var hashtags: [String]
    var language, platform: String
    /// When the session was made (RFC 3339).
    var created: String
    var session: String
    var width, height, framesPerSecond: Int
    /// The video's length in seconds, and how much of it is speech.
    var duration, speech: Double
    /// The video's size in bytes.
    var bytes: Int
    /// The finished sound's integrated loudness in LUFS, and its true peak in dBTP.
    var loudness: Double
    var truePeak: Double?
    /// How many times faster than recorded the narration is.
    var tempo: Double
    var scenes: [Scene]
    /// The parts to jump to, each of ten seconds or more.
    var chapters: [Chapter]
    /// What decides all that looks drawn by chance, in hexadecimal: it is made from the topic.
    var seed: String
    /// `video.encoder` as it was.
    var encoder: String
    /// The programs that made it.
    var versions: [String: String]
    /// The finished steps, with who did them and what they took.
    var steps: [StepSummary]
    /// What was done less well than asked for.
    var degradations: [String]
    /// The job's own notes.
    var labels: [String: String]

    /// The names in the file are in snake_case, as in job specs and receipts.
    enum CodingKeys: String, CodingKey {
        case title, description, hashtags, language, platform, created, session, width, height
        case framesPerSecond = "frames_per_second"
        case truePeak = "true_peak"
        case duration, speech, bytes, loudness, tempo, scenes, chapters, steps, degradations, labels
        case seed, encoder, versions
    }

    /// Gathers what is known before the video is joined; `bytes` and `loudness` are 0.
    init(
        _ script: Script, _ timeline: Timeline, _ brief: Brief, _ settings: VideoSettings,
        _ files: any SessionFiles
    ) {
        let rate = Double(VideoSettings.frameRate)
        title = script.title
        description = script.description
        hashtags = script.hashtags
        language = script.language
        platform = brief.platform.rawValue
        created = CivilTime(secondsSince1970: Int(files.created)).rfc3339
        session = files.id.description
        width = brief.size.width
        height = brief.size.height
        framesPerSecond = VideoSettings.frameRate
        duration = timeline.seconds
        speech = timeline.scenes.reduce(0) { $0 + $1.speechEnd - $1.speechStart }
        bytes = 0
        loudness = 0
        tempo = timeline.tempo
        scenes = zip(script.scenes, timeline.scenes).map { text, times in
            Scene(
                heading: text.heading, narration: text.narration,
                start: Double(times.firstFrame) / rate, duration: Double(times.frames) / rate)
        }
        chapters = Chapter.of(scenes)
        // There they are read from the description.
        if brief.platform == .youtube, let lines = Chapter.lines(chapters) {
            description += "\n\n" + lines
        }
        seed = String(SeededRandom.seed(brief.topic), radix: 16)
        encoder = settings.encoder.rawValue
        versions = ["reeld": reeldVersion]
        steps = files.history
        degradations = files.history.flatMap(\.degradations)
        labels = brief.labels
    }
}
