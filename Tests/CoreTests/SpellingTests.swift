import Testing

@testable import Core

@Suite struct SpellingTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1),
        ("abc", "abd", 1), ("abc", "xabc", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
        ("topci", "topic", 1), ("été", "ete", 2),
    ])
    func measures(_ a: String, _ b: String, _ distance: Int) {
        let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
        #expect(Spelling.distance(from: a, to: b) == distance)
        #expect(Spelling.distance(from: b, to: a) == distance)
    }

    @Test(
        arguments: [
            ("durations", "duration"), ("keyPoints", "key_points"),
            ("callToAction", "call_to_action"),
            ("hok", "hook"), ("Topic", "topic"), ("tpoic", "topic"), ("zebra", nil), ("", nil),
            ("music_file_to_play", nil), ("x", nil),
        ] as [(String, String?)])
    func suggests(_ word: String, _ expected: String?) {
        let fields = ["topic", "duration", "hook", "key_points", "call_to_action", "music"]
        #expect(Spelling.suggestion(for: word, among: fields) == expected)
    }

    @Test func ignoresWhatIsTooLongToBeAWord() {
        let long = String(repeating: "a", count: 1 << 20)
        #expect(Spelling.suggestion(for: long, among: ["a"]) == nil)
        #expect(Spelling.suggestion(for: "a", among: [long]) == nil)
    }
}
