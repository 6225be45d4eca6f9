import Core

/// The kinds of work that a video is made of, each done by a chain of providers.
public enum VideoTask: String, Hashable, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    /// What is said and written in all scenes.
    case script
    /// A look at that. All of the chain have one, each at what the one before hands on.
    case review
    /// What all that follows goes by.
    case acceptance
    /// The speech of a scene.
    case narration
    /// The still of a scene that has no picture of the job's own.
    case picture
    /// The still of one that has.
    case ownPicture = "own_picture"
    /// Which characters can be drawn.
    case fonts
    /// When each scene and each word begins.
    case timeline
    /// The moving picture of a scene.
    case clip
    /// What plays under the narration.
    case music
    /// Narration and music together.
    case mix
    /// The mix at its loudness, but for what the limiter takes.
    case level
    /// The finished sound.
    case sound
    /// What is published.
    case cut

    /// What its step is called, or its steps before `-01`.
    var stepName: String {
        switch self {
        case .script: "draft"
        case .acceptance: "script"
        case .picture, .ownPicture: "image"
        case .cut: "final"
        default: rawValue
        }
    }

    /// Whether jobs as this one have it done.
    func isNeeded(by brief: Brief) -> Bool {
        switch self {
        case .ownPicture: !Pictures.named(in: brief).isEmpty
        case .music: brief.music != nil
        // Only the script tells.
        case .picture, .fonts: false
        case .review: false
        default: true
        }
    }

    /// The field of a job spec that has it done in a certain way, if there is one.
    fileprivate var field: String {
        switch self {
        case .ownPicture: "images"
        case .music: "music"
        case .narration: "language"
        default: "providers"
        }
    }
}

/// Which providers do each kind of work, in order of preference. What is not there is done by all that can.
public typealias ProviderChains = [VideoTask: [String]]

extension VideoTask {
    /// Those who do it for a job: as the job says, else as the operator says, else all.
    func chain(
        _ brief: Brief, _ settings: VideoSettings, of registry: [VideoProvider] = VideoProvider.all
    ) -> [VideoProvider] {
        guard let names = brief.providers[self] ?? settings.providers[self] else {
            return registry.filter { $0.task == self }
        }
        return names.compactMap { name in
            registry.first { $0.task == self && $0.name == name }
        }
    }

    /// Why nobody of those can do it for a job, as far as can be told before anything is made, with the field
    /// of the job spec that it is about; nil if somebody can.
    func objection(to brief: Brief, _ settings: VideoSettings) -> (field: String, failure: Failure)?
    {
        guard isNeeded(by: brief) else { return nil }
        let chain = chain(brief, settings)
        if self == .narration { return Voices.objection(to: brief, settings, chain) }
        guard !chain.contains(where: { $0.suits(brief) }) else { return nil }
        return (field, nobody(chain, "as it asks"))
    }

    /// That none of a chain can do it.
    func nobody(_ chain: [VideoProvider], _ reason: String) -> Failure {
        let others = VideoProvider.all.filter { $0.task == self }.map(\.name)
        let names = chain.map(\.name).joined(separator: ", ")
        return Failure(
            .permanent, code: "no_provider", operation: "find a provider for",
            subject: rawValue, cause: "none of \(names) can do it \(reason)",
            hint:
                "Name more of \(others.joined(separator: ", ")) in providers.\(rawValue), or leave that out"
        )
    }
}
