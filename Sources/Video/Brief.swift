/// What a job asks for: the job spec, validated. `Config/job.schema.json` says the same.
public struct Brief: Hashable, Sendable {
    /// The narration the job brings along.
    public enum Narration: Hashable, Sendable {
        /// One text, to be divided into scenes.
        case text(String)
        /// Scenes as they are to be.
        case scenes([SceneText])
    }

    /// One scene of a job's own script.
    public struct SceneText: Hashable, Sendable {
        /// The words on the picture; made from the narration if absent.
        public var heading: String?
        /// What is spoken.
        public var narration: String

        /// Makes a scene.
        public init(heading: String? = nil, narration: String) {
            self.heading = heading
            self.narration = narration
        }
    }

    /// What the video is about. 1 to 500 characters, not only blanks.
    public var topic: String
    /// Where it will be shown.
    public var platform: Platform = .tiktok
    /// How long it is, in seconds, 5 to 180; nil when the job leaves it to the script.
    public var duration: Double?
    /// The kind of topic, for its look and its label: `Science`.
    public var category: String?
    /// The language spoken, as a BCP 47 tag: `en`, `de`, `pt-BR`.
    public var language: String = "en"
    /// The job's own words, instead of ones made from the topic.
    public var script: Narration?
    /// What the video should say, one point a scene.
    public var keyPoints: [String] = []
    /// The first sentence.
    public var hook: String?
    /// The last sentence.
    public var callToAction: String?
    /// How it should sound, for providers that write: `playful`.
    public var tone: String?
    /// Whom it is for, for providers that write.
    public var audience: String?
    /// The voice to speak with, by the name its provider knows: `slt`, `en-gb`.
    public var voice: String?
    /// Two to five colours, `#rrggbb`, for the pictures.
    public var palette: [String] = []
    /// How the captions are drawn into the picture. They are beside it in any case.
    public var captionStyle: CaptionStyle = .karaoke
    /// What plays under the narration; nil for nothing.
    public var music: Music?
    /// Higher goes first; -100 to 100.
    public var priority: Int = 0
    /// Not to be started before this moment, in seconds since 1970.
    public var notBefore: Int?
    /// The user's own notes, carried into the receipt and `metadata.json`.
    public var labels: [String: String] = [:]
    /// What its owner knows it by, 1 to 128 characters: of two jobs with the same id, one is made.
    public var id: String?
    /// The name of the pipeline that makes it.
    public var pipeline: String = "video"

    /// Whether the captions are drawn into the picture.
    var captions: Bool { captionStyle != .none }

    /// A brief for a topic, all else by default.
    public init(topic: String) { self.topic = topic }
}
