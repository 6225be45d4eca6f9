import Core
import Pipeline

/// What a video says and shows, scene by scene: the outcome of the `script` step.
public struct Script: Hashable, Codable, Sendable {
    /// One scene.
    public struct Scene: Hashable, Codable, Sendable {
        /// The words on the picture, a short phrase if they are ours.
        public var heading: String
        /// What is spoken.
        public var narration: String
        /// The absolute path of the job's picture for it; nil for a drawn one.
        public var image: String?

        /// Makes a scene.
        public init(heading: String, narration: String, image: String? = nil) {
            self.heading = heading
            self.narration = narration
            self.image = image
        }
    }

    /// The video's title.
    public var title: String
    /// Its scenes, at least one.
    public var scenes: [Scene]
    /// A text to publish beside it.
    public var description: String
    /// Hashtags to publish with it, each with its `#`.
    public var hashtags: [String]
    /// The language spoken, as a BCP 47 tag.
    public var language: String
    /// How long the video has to be, in seconds; nil when the speech decides.
    public var duration: Double?

    /// Its place in the session.
    static let place = "scripts/script.json"

    /// Reads the session's script.
    static func load(
        _ files: any SessionFiles, from place: String = place
    ) throws(Failure) -> Script {
        let script = try StoredJSON.decode(
            Script.self, try files.read(place, limit: 1 << 22), place: place)
        guard !script.scenes.isEmpty else {
            throw Failure(
                .permanent, code: "empty_script", operation: "read the script", subject: place,
                cause: "it has no scenes")
        }
        return script
    }

    /// The script as a person reads it.
    var readable: String {
        var text = title + "\n"
        for (index, scene) in scenes.enumerated() {
            text += "\n\(index + 1). \(scene.heading)\n\(scene.narration)\n"
        }
        return text + "\n\(description)\n\(hashtags.joined(separator: " "))\n"
    }
}
