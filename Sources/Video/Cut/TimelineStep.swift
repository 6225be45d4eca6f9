import Core
import Pipeline

/// Makes the timeline and the caption files from the recordings as they came out.
enum TimelineStep {
    /// The provider. It runs no tool.
    static func provider(_ brief: Brief, _ settings: VideoSettings) -> Provider {
        Provider("timeline", machine: [.ourselves]) { files throws(Failure) in
            let script = try Script.load(files)
            var speech: [SpeechMeasure] = []
            var spoken: [SpokenTimes] = []
            for index in script.scenes.indices {
                let place = Narration.place(index)
                speech.append(
                    try Narration.measured(try files.read(place, limit: Narration.limit), place))
                let times = SpokenTimes.place(index)
                spoken.append(try SpokenTimes(try files.read(times, limit: 1 << 20), times))
            }
            var timeline = try Timeline(
                speech: speech, spoken: spoken, narrations: script.scenes.map(\.narration),
                duration: script.duration,
                fastest: settings.fastestTempo)
            let missing = try missing(script, brief, files)
            timeline.leaveUndrawn(missing)
            let cues = CaptionFile.cues(timeline)
            return Production(
                files: [
                    "timeline.json": try StoredJSON.encode(timeline, place: Timeline.place),
                    "captions.srt": Array(CaptionFile.subRip(cues).utf8),
                    "captions.vtt": Array(CaptionFile.webVTT(cues).utf8),
                ],
                outputs: .files([
                    .init("timeline.json", as: Timeline.place),
                    .init("captions.srt", as: CaptionFile.subRipPlace),
                    .init("captions.vtt", as: CaptionFile.webVTTPlace),
                ]),
                degradations: [FontCoverage.degradation(missing)].compactMap { $0 }
                    + degradations(timeline, isFixed: script.duration != nil))
        }
    }

    /// The characters that no font here has, if the fonts were looked at.
    private static func missing(
        _ script: Script, _ brief: Brief, _ files: any SessionFiles
    ) throws(Failure) -> [Unicode.Scalar] {
        guard FontCoverage.isNeeded(script, brief) else { return [] }
        let coverage = FontCoverage(try files.read(FontCoverage.place, limit: 1 << 26))
        return coverage.isEmpty ? [] : coverage.missing(FontCoverage.drawn(script, brief))
    }

    /// What the timeline could not do well.
    ///
    /// - Parameter isFixed: whether the duration was asked for.
    static func degradations(_ timeline: Timeline, isFixed: Bool) -> [String] {
        var found: [String] = []
        if timeline.tempo > 1 {
            let percent = Int((timeline.tempo * 100 - 100).rounded())
            found.append(
                "The narration is \(percent) % faster than its voice speaks, to fit the duration.")
        }
        let estimated = timeline.scenes.indices.filter { timeline.scenes[$0].estimated }
        if !estimated.isEmpty {
            let scenes = estimated.map { String($0 + 1) }.joined(separator: ", ")
            found.append(
                "The captions' times are estimated in scene \(scenes): "
                    + "the voice did not tell them.")
        }
        let spoken = timeline.scenes.reduce(0) { $0 + $1.speechEnd - $1.speechStart }
        if isFixed, spoken < timeline.seconds * 0.45 {
            found.append(
                "There are words for \(decimal((spoken * 10).rounded() / 10)) s of the "
                    + "\(decimal(timeline.seconds)) s asked for; the rest is silence or music.")
        }
        return found
    }
}

extension VideoProvider {
    /// By the speech as measured.
    static let timeline = VideoProvider("timeline", .timeline) {
        TimelineStep.provider($0.brief, $0.settings)
    }
}
