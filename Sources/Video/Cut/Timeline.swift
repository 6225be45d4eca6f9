import Core
import Pipeline

/// When everything happens: the outcome of the `timeline` step. Times are in seconds from the
/// video's start, boundaries between scenes lie on frames.
struct Timeline: Hashable, Codable, Sendable {
    /// A word and when it is spoken.
    struct Word: Hashable, Codable, Sendable {
        var text: String
        var start, end: Double
        /// Whether it follows the one before without a blank.
        var joined: Bool
        /// What can be drawn of it, if that is less.
        var drawn: String?
    }

    /// One scene.
    struct Scene: Hashable, Codable, Sendable {
        /// Its first frame and how many it has.
        var firstFrame, frames: Int
        /// When its speech begins and ends.
        var speechStart, speechEnd: Double
        /// Which part of the recording is the speech, in seconds of the recording.
        var recordingStart, recordingEnd: Double
        /// What makes its speech as loud as that of the others, in dB.
        var gain: Double
        /// Whether the times of its words are estimated, for the voice did not tell them.
        var estimated: Bool
        /// The words spoken.
        var words: [Word]
    }

    /// How many times faster than recorded the narration is played; below 1, slower.
    var tempo: Double
    /// The scenes, in order.
    var scenes: [Scene]

    /// The frames of the whole video.
    var frames: Int { scenes.reduce(0) { $0 + $1.frames } }
    /// Its length in seconds.
    var seconds: Double { Double(frames) / Double(VideoSettings.frameRate) }

    /// Its place in the session.
    static let place = "metadata/timeline.json"

    /// Reads the session's timeline.
    static func load(_ files: any SessionFiles) throws(Failure) -> Timeline {
        try StoredJSON.decode(
            Timeline.self, try files.read(place, limit: 1 << 24), place: place)
    }

    /// The least silence before and after the speech of a scene, together, in seconds.
    static let pad = leadIn + leadOut
    private static let leadIn = 0.15
    private static let leadOut = 0.2
    /// The lowest tempo, in hundredths: slower sounds tired. And how much more than the least a
    /// silence between scenes may be before the voice takes its time instead, in seconds.
    private static let slowest = 93
    private static let longPause = 0.45
    /// How much more than the least a silence is if nobody asked for a duration, and how much longer the
    /// last scene stays then, in seconds.
    private static let pause = 0.25
    private static let ending = 0.4
    /// How strong speech is made before it is mixed, as `SpeechMeasure.level` counts.
    private static let level = -20.0
    /// The least length of a scene in seconds: longer than a cross-fade, and long enough to see.
    private static let shortest = 0.9

    /// Lays out scenes of the given speech.
    ///
    /// - Parameters:
    ///   - spoken: when the voice says it spoke the words of each scene, as far as it does.
    ///   - duration: the length asked for, in seconds; nil to give the speech the time it needs.
    ///   - fastest: the highest tempo allowed.
    init(
        speech: [SpeechMeasure], spoken: [SpokenTimes?] = [], narrations: [String],
        duration: Double?, fastest: Double
    ) throws(Failure) {
        let count = Double(speech.count)
        let range = VideoSettings.durations
        let rate = Double(VideoSettings.frameRate)
        let natural = Self.naturalFrames(speech)
        let total =
            duration
            ?? min(
                max(Double(natural.reduce(0, +)) / rate, range.lowerBound), range.upperBound)
        let isNatural = total * rate == Double(natural.reduce(0, +))
        let content = { (tempo: Double) in
            speech.map { max($0.seconds / tempo + Self.pad, Self.shortest) }
        }
        // The lowest tempo at which it fits, in steps of a hundredth.
        var hundredths = 100
        while content(Double(hundredths) / 100).reduce(0, +) > total {
            hundredths += 1
            guard Double(hundredths) / 100 <= fastest + 1e-9 else {
                throw Self.tooLong(needed: content(fastest).reduce(0, +), given: total)
            }
        }
        // A little slower rather than with long silences in between.
        let spare = { (hundredths: Int) in
            (total - content(Double(hundredths) / 100).reduce(0, +)) / (count + 0.5)
        }
        if duration != nil {
            while hundredths <= 100, hundredths > Self.slowest, spare(hundredths) > Self.longPause {
                hundredths -= 1
            }
        }
        tempo = Double(hundredths) / 100

        // The time left over goes to all scenes alike, half as much again to the last.
        let lengths = content(tempo)
        let share = isNatural ? Self.pause : spare(hundredths)
        var end = 0.0
        var firstFrame = 0
        scenes = []
        for (index, measure) in speech.enumerated() {
            let isLast = index + 1 == speech.count
            end += isNatural ? Double(natural[index]) / rate : lengths[index] + share
            let endFrame = Int(((isLast ? total : end) * rate).rounded())
            let start = Double(firstFrame) / rate + Self.leadIn + min(share * 0.4, 0.5)
            let words = WordTiming.words(narrations[index])
            let told = index < spoken.count ? spoken[index] : nil
            let aligned = told.flatMap { WordAlignment.times(words, $0, in: measure) }
            let times = aligned ?? WordTiming.times(words, in: measure)
            let tempo = tempo
            let heard = { (second: Double) in start + (second - measure.start) / tempo }
            scenes.append(
                Scene(
                    firstFrame: firstFrame, frames: endFrame - firstFrame, speechStart: start,
                    speechEnd: heard(measure.end), recordingStart: measure.start,
                    recordingEnd: measure.end,
                    gain: min(max(Self.level - measure.level, -20), 20),
                    estimated: aligned == nil,
                    words: zip(words, times).map {
                        Word(
                            text: $0.text, start: heard($1.lowerBound), end: heard($1.upperBound),
                            joined: $0.joined)
                    }))
            firstFrame = endFrame
        }
    }

    /// How many frames each scene has at its own pace, whatever the others say: to change one leaves
    /// the others as they were.
    private static func naturalFrames(_ speech: [SpeechMeasure]) -> [Int] {
        let rate = Double(VideoSettings.frameRate)
        return speech.enumerated().map { index, measure in
            let end = index + 1 == speech.count ? ending : 0
            let seconds = max(measure.seconds + pad, shortest) + pause + end
            return Int((seconds * rate).rounded(.up))
        }
    }

    /// Leaves characters out of what is drawn of the words.
    mutating func leaveUndrawn(_ missing: [Unicode.Scalar]) {
        guard !missing.isEmpty else { return }
        for scene in scenes.indices {
            for word in scenes[scene].words.indices {
                let text = scenes[scene].words[word].text
                let drawn = FontCoverage.without(missing, text)
                if drawn.unicodeScalars.count < text.unicodeScalars.count {
                    scenes[scene].words[word].drawn = drawn
                }
            }
        }
    }

    /// The failure of a script that takes longer than there is time.
    static func tooLong(needed: Double, given: Double) -> Failure {
        let seconds = Int(needed.rounded(.up))
        let most = Int(VideoSettings.durations.upperBound)
        let remedy =
            seconds <= most
            ? "set 'duration' to \(seconds) or more, or shorten the script"
            : "shorten the script; a video has at most \(most) seconds"
        return Failure(
            .permanent, code: "script_too_long", operation: "fit", subject: "the script",
            cause:
                "spoken as fast as allowed it takes about \(seconds) s, and there are \(format(given)) s",
            hint: "To make it fit, \(remedy)")
    }

    private static func format(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
    }
}
