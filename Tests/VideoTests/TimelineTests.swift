import Core
import Testing

@testable import Video

@Suite struct TimelineTests {
    /// A few hundred layouts drawn at random: frames add up, nothing overlaps.
    @Test func isExact() throws {
        var random = SeededRandom(seed: 42)
        for _ in 0..<300 {
            let count = Int.random(in: 1...12, using: &random)
            let speech = (0..<count).map { _ in
                let start = Double.random(in: 0...0.4, using: &random)
                return SpeechMeasure(
                    start: start, end: start + Double.random(in: 0.1...6, using: &random))
            }
            let spoken = speech.reduce(0) { $0 + $1.seconds }
            let duration = min(
                180, max(5, spoken + Double(count) + Double.random(in: 0...9, using: &random)))
            let timeline = try Timeline(
                speech: speech,
                narrations: Array(repeating: "Some words, and a few more.", count: count),
                duration: duration, fastest: 1.15)
            #expect(timeline.frames == Int((duration * 30).rounded()))
            var next = 0
            for scene in timeline.scenes {
                #expect(scene.firstFrame == next)
                #expect(scene.frames > 20)
                next += scene.frames
                let begin = Double(scene.firstFrame) / 30
                #expect(scene.speechStart >= begin)
                #expect(scene.speechEnd <= Double(next) / 30 + 1e-9)
                var last = scene.speechStart - 1e-9
                for word in scene.words {
                    #expect(word.start >= last && word.end >= word.start)
                    last = word.end - 1e-9
                }
                #expect(last <= scene.speechEnd + 1e-6)
            }
        }
    }

    /// One word, at whose beginning the voice says to have spoken it.
    private func told() throws -> [SpokenTimes?] {
        [try SpokenTimes(Array("0 0 0 1000\n".utf8), "times.txt")]
    }

    @Test func saysWhenItsTimesAreEstimated() throws {
        let speech = SpeechMeasure(start: 0, end: 4)
        let timeline = try Timeline(
            speech: [speech, speech, speech],
            spoken: try told() + [nil] + [try SpokenTimes([], "")],
            narrations: ["a", "a", "a"], duration: 15, fastest: 1)
        #expect(timeline.scenes.map(\.estimated) == [false, true, true])
        #expect(
            TimelineStep.degradations(timeline, isFixed: true) == [
                "The captions' times are estimated in scene 2, 3: the voice did not tell them."
            ])
    }

    @Test func speaksFasterOnlyAsFarAsAllowed() throws {
        let speech = [SpeechMeasure(start: 0, end: 10.5)]
        let timeline = try Timeline(
            speech: speech, spoken: try told(), narrations: ["a"], duration: 10, fastest: 1.15)
        #expect(timeline.tempo == 1.09)
        #expect(TimelineStep.degradations(timeline, isFixed: true).count == 1)
        let failure = #expect(throws: Failure.self) {
            try Timeline(speech: speech, narrations: ["a"], duration: 8, fastest: 1.15)
        }
        #expect(failure?.code == "script_too_long")
        #expect(
            failure?.hint == "To make it fit, set 'duration' to 10 or more, or shorten the script")
    }

    /// A little slower before the silences become long, and never much.
    @Test func takesItsTimeWhereThereIsMuch() throws {
        let speech = [SpeechMeasure(start: 0, end: 4), SpeechMeasure(start: 0, end: 4)]
        let tempo = { (duration: Double?) throws in
            try Timeline(
                speech: speech, narrations: ["a", "a"], duration: duration, fastest: 1.15
            ).tempo
        }
        #expect(try tempo(9.5) == 1)
        #expect(try tempo(10.3) == 0.94)
        #expect(try tempo(30) == 0.93)
        #expect(try tempo(nil) == 1)
    }

    @Test func saysThatThereIsLittleToSay() throws {
        let timeline = try Timeline(
            speech: [.init(start: 0, end: 1.25)], spoken: try told(), narrations: ["a"],
            duration: 30, fastest: 1.15)
        #expect(
            TimelineStep.degradations(timeline, isFixed: true) == [
                "There are words for 1.30 s of the 30 s asked for; the rest is silence or music."
            ])
        #expect(TimelineStep.degradations(timeline, isFixed: false).isEmpty)
    }

    @Test func takesTheTimeTheSpeechNeeds() throws {
        let speech = [SpeechMeasure(start: 0, end: 4), SpeechMeasure(start: 0, end: 3)]
        let timeline = try Timeline(
            speech: speech, narrations: ["a", "b"], duration: nil, fastest: 1.15)
        #expect(timeline.seconds == 9)
        #expect(timeline.tempo == 1)
        let short = try Timeline(
            speech: [.init(start: 0, end: 1)], narrations: ["a"], duration: nil, fastest: 1)
        #expect(short.seconds == 5)
    }

    @Test func timesClausesByThePausesHeard() {
        let words = WordTiming.words("One two, three")
        let speech = SpeechMeasure(start: 0, end: 3, pauses: [1.5...2.2])
        let times = WordTiming.times(words, in: speech)
        #expect(times[1].upperBound == 1.5)
        #expect(times[2] == 2.2...3)
        let without = WordTiming.times(words, in: SpeechMeasure(start: 0, end: 3))
        #expect(without[0].lowerBound == 0)
        #expect(abs(without[2].upperBound - 3) < 1e-9)
    }

    @Test func dividesScriptsWithoutBlanksAndOverlongWords() {
        #expect(WordTiming.words("日本語、です").map(\.text) == ["日", "本", "語、", "で", "す"])
        #expect(
            WordTiming.words("「きゅう」とデータ").map(\.text) == ["「きゅ", "う」", "と", "デー", "タ"])
        #expect(WordTiming.words("โลกและน้ำ").map(\.text) == ["โล", "ก", "และ", "น้ำ"])
        #expect(WordTiming.words("日本").map(\.joined) == [false, true])
        let pieces = WordTiming.words(String(repeating: "x", count: 50))
        #expect(pieces.map(\.text.count) == [18, 18, 14])
        let long = "Donaudampfschifffahrtsgesellschaftskapitän"
        let divided = WordTiming.words(long).map(\.text)
        #expect(divided.joined() == long)
        #expect(divided.first == "Donaudampfschiff")
        #expect(divided.allSatisfy { (3...18).contains($0.count) })
        #expect(
            WordTiming.words("www.example.com/a/long/path").map(\.text)
                == ["www.example.com/a/", "long/path"])
        #expect(WordTiming.words("").isEmpty)
    }
}
