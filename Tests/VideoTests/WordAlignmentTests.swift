import Core
import Testing

@testable import Video

@Suite struct WordAlignmentTests {
    private let speech = SpeechMeasure(start: 0.1, end: 4, pauses: [1.5...2.2])

    private func spoken(_ lines: String) throws -> SpokenTimes {
        try SpokenTimes(Array(lines.utf8), "times.txt")
    }

    @Test func takesWhatTheVoiceTells() throws {
        let words = WordTiming.words("One two, three four")
        let told = try spoken("0 0 120 600\n1 0 600 1450\n2 0 2210 3000\n3 0 3000 3900\n")
        let times = try #require(WordAlignment.times(words, told, in: speech))
        #expect(times == [0.12...0.6, 0.6...1.45, 2.21...3.0, 3.0...3.9])
    }

    /// espeak-ng counts the silence after a clause as its last word's.
    @Test func endsAWordWhereItFallsSilent() throws {
        let words = WordTiming.words("One two, three four")
        let told = try spoken("0 0 100 600\n1 0 600 2200\n2 0 2200 3000\n3 0 3000 4200\n")
        let times = try #require(WordAlignment.times(words, told, in: speech))
        #expect(times == [0.1...0.6, 0.6...1.5, 2.2...3.0, 3.0...4.0])
    }

    @Test func spreadsWhatTheVoiceDoesNotTell() throws {
        // The mark is not spoken, the second word is told as a part of the first, and of the
        // number espeak-ng gives a place that does not exist.
        let words = WordTiming.words("— in 2021 and so on")
        let told = try spoken(
            "1 0 300 500\n2 0 500 900\n2 1 900 1200\n2 1 1200 1400\n3 0 2300 2600\n5 0 3000 3900\n")
        let times = try #require(WordAlignment.times(words, told, in: speech))
        #expect(times.map(\.lowerBound).prefix(4) == [0.1, 0.3, 0.5, 2.3])
        #expect(times[4].lowerBound > 2.4 && times[4].lowerBound < 2.9)
        #expect(times[5] == 3.0...3.9)
    }

    @Test func timesPiecesOfWords() throws {
        let long = WordTiming.words("Donaudampfschifffahrtsgesellschaft fährt")
        let told = try spoken("0 0 100 2300\n1 0 2300 4000\n")
        let times = try #require(WordAlignment.times(long, told, in: speech))
        #expect(times.count == long.count && long.count == 3)
        #expect(times[1].lowerBound > 0.5 && times[1].upperBound == 1.5)
        #expect(times[2].lowerBound == 2.3)
        // Where no blanks are written, each character may have its time.
        let words = WordTiming.words("今天好 吗")
        let each = try spoken("0 0 100 500\n0 1 500 900\n0 2 900 1400\n1 0 2200 4000\n")
        #expect(
            WordAlignment.times(words, each, in: speech)?.map(\.lowerBound) == [0.1, 0.5, 0.9, 2.2])
    }

    @Test func saysWhenTooLittleIsTold() throws {
        let words = WordTiming.words("One two, three four")
        #expect(WordAlignment.times(words, try spoken(""), in: speech) == nil)
        #expect(WordAlignment.times(words, try spoken("1 0 100 200\n"), in: speech) == nil)
        let nonsense = try spoken("9 0 1 2\n3 0 400 500\n2 0 300 400\n1 0 200 300\n")
        #expect(WordAlignment.times(words, nonsense, in: speech) == nil)
        for bad in ["0 0 1\n", "a b c d\n", "0 0 5 4\n", "0 -1 0 1\n", "0 0 0 99999999999\n"] {
            #expect(throws: Failure.self) { try spoken(bad) }
        }
    }

    @Test func readsWordForWord() {
        #expect(
            Narration.asciiWords("A café — €5, “ok”…")
                == ["A", "cafe", ",", "euro 5,", "\"ok\"..."])
        #expect(Narration.asciiWords("The word λόγος") == nil)
        #expect(Narration.asciiWords("—") == nil)
    }
}
