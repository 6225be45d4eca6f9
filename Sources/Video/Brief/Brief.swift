import Motion

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
        /// The absolute path of the scene's picture; nil for one of the job's, or a drawn one.
        public var image: String?

        /// Makes a scene.
        public init(heading: String? = nil, narration: String, image: String? = nil) {
            self.heading = heading
            self.narration = narration
            self.image = image
        }
    }

    /// What the video is about. 1 to 500 characters, not only blanks.
    public var topic: String
    /// Where it will be shown.
    public var platform: Platform = .tiktok
    /// The other platforms the same video is made for, of the same script, narration and pictures.
    public var variants: [Platform] = []
    /// Which of the variants this is the brief of; nil for the job's own.
    private(set) var variant: Platform?
    /// Which way it stands, if not as the platform has it.
    public var orientation: Orientation?
    /// Its size in pixels, if not the platform's.
    public var resolution: PixelSize?
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
    /// The absolute paths of pictures to show, one a scene, over and over if there are fewer.
    public var images: [String] = []
    /// How a picture fills the frame that has another shape.
    public var fit: Fit = .cover
    /// How one scene becomes the next.
    public var transition: Transition = .fade
    /// How the captions are drawn into the picture. They are beside it in any case.
    public var captionStyle: CaptionStyle = .karaoke
    /// What plays under the narration; nil for nothing.
    public var music: Music?
    /// Whether somebody has to look at the video before it counts as done.
    public var review = false
    /// Higher goes first; -100 to 100.
    public var priority: Int = 0
    /// Not to be started before this moment, in seconds since 1970.
    public var notBefore: Int?
    /// The user's own notes, carried into the receipt and `metadata.json`.
    public var labels: [String: String] = [:]
    /// What its owner knows it by, 1 to 128 characters: of two jobs with the same id, one is made.
    public var id: String?
    /// The preset that it takes from the configuration what it does not say itself.
    public var preset: String?
    /// Who does each kind of work, in order of preference; what is not there as the configuration has it.
    public var providers: ProviderChains = [:]
    /// The name of the pipeline that makes it.
    public var pipeline: String = "video"

    /// Ways to fill a frame with a picture of another shape.
    public enum Fit: String, Codable, Sendable, CaseIterable {
        /// As large as it takes to leave nothing empty; what is too much is cut off.
        case cover
        /// All of it, surrounded by itself, blurred.
        case contain
    }

    /// The video's size in pixels.
    public var size: PixelSize {
        if let resolution { return resolution }
        let usual = platform.facts.size
        guard let orientation, orientation != usual.orientation else { return usual }
        let (short, long) = (min(usual.width, usual.height), max(usual.width, usual.height))
        // A square platform has no longer side to turn.
        let other = long > short ? long : short * 16 / 9
        return switch orientation {
        case .portrait: PixelSize(width: short, height: other)
        case .landscape: PixelSize(width: other, height: short)
        case .square: PixelSize(width: short, height: short)
        }
    }

    /// The briefs of all the videos: the job's own, then one for each variant, in the shape of its
    /// platform.
    var videos: [Brief] {
        [self]
            + variants.map { platform in
                var brief = self
                brief.platform = platform
                brief.variant = platform
                (brief.orientation, brief.resolution, brief.variants) = (nil, nil, [])
                return brief
            }
    }

    /// What the names of a variant's files end in: `_square`.
    var suffix: String { variant.map { "_" + $0.rawValue } ?? "" }

    /// Whether the captions are drawn into the picture.
    var captions: Bool { captionStyle != .none }

    /// A brief for a topic, all else by default.
    public init(topic: String) { self.topic = topic }
}
