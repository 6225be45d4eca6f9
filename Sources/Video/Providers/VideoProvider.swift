import Pipeline

/// Somebody who does one kind of work for videos: what it is called, what it can do, and how it does it. Names,
/// validation and what `reelctl doctor` looks for are all made of these.
public struct VideoProvider: Sendable {
    /// Its name. Its breaker, its limits and its statistics are kept by it.
    public let name: String
    /// What it does.
    public let task: VideoTask
    /// The programs that it runs.
    let programs: @Sendable (VideoSettings) -> [String]
    /// What it can speak with, if it speaks.
    let voices: Voices?
    /// Whether it can do it for a job, as far as the job spec tells.
    let suits: @Sendable (Brief) -> Bool
    /// The provider for a request; nil if it cannot serve that.
    let make: @Sendable (VideoRequest) -> Provider?

    /// Makes one.
    init(
        _ name: String, _ task: VideoTask, voices: Voices? = nil,
        programs: @escaping @Sendable (VideoSettings) -> [String] = { _ in [] },
        suits: @escaping @Sendable (Brief) -> Bool = { _ in true },
        make: @escaping @Sendable (VideoRequest) -> Provider?
    ) {
        self.name = name
        self.task = task
        self.voices = voices
        self.programs = programs
        self.suits = suits
        self.make = make
    }
}

/// What a provider is asked for.
struct VideoRequest: Sendable {
    /// What the video is to be, or the variant of it.
    var brief: Brief
    /// How videos are made.
    var settings: VideoSettings
    /// Which scene it is for, counted from 0, and that scene; for what is done for each.
    var index: Int
    var scene: Script.Scene?
    /// Where the script is that it is about; for those who look at it.
    var scriptPlace = Script.place

    /// Asks for it.
    init(
        _ brief: Brief, _ settings: VideoSettings = VideoSettings(), index: Int = 0,
        scene: Script.Scene? = nil
    ) {
        self.brief = brief
        self.settings = settings
        self.index = index
        self.scene = scene
    }
}
