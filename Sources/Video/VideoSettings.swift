/// What the operator decides about making videos, as opposed to what a job asks for.
public struct VideoSettings: Hashable, Sendable {
    /// Who does each kind of work, in order of preference, unless the job says.
    public var providers: ProviderChains = [:]
    /// How much work goes into compressing the picture.
    public var encoder: Compression = .balanced
    /// How long a transition between scenes is, in frames, where there is one.
    public var transitionFrames: Int = 15
    /// The integrated loudness aimed at, in LUFS (ITU-R BS.1770), as the video platforms play it.
    public var loudness: Double = -14
    /// The voice for English unless the job names one, among those of flite.
    public var englishVoice: String = "slt"
    /// How fast espeak-ng speaks, in words a minute.
    public var speakingRate: Int = 165
    /// What narration may be sped up by, at most, to fit a job's duration.
    public var fastestTempo: Double = 1.15
    /// Where ffmpeg is, as all programs here: a name for the search path, or an absolute path.
    public var ffmpeg: String = "ffmpeg"
    /// Where reeld-motion is.
    public var motion: String = "reeld-motion"
    /// Where ffprobe is.
    public var ffprobe: String = "ffprobe"
    /// Where reeld-speak is, our own program, which speaks with the voices of the next two.
    public var speak: String = "reeld-speak"
    /// Where flite is, the voice for English.
    public var flite: String = "flite"
    /// Where espeak-ng is, the voice for every other language.
    public var espeak: String = "espeak-ng"

    /// Where fontconfig's fc-list is.
    public var fontList: String = "fc-list"

    /// The defaults.
    public init() {}

    /// Frames a second of every video.
    static let frameRate = 30
    /// The shortest and the longest video there is, in seconds.
    static let durations = 5.0...180.0
}
