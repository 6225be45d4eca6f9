import Testing

@testable import Video

@Suite struct CaptionTests {
    private let karaoke = CaptionGroups(width: 720, size: 88, most: 3, emphasis: 1.08)

    private func words(_ text: String) -> [CaptionArt.Word] {
        PlainText.words(text).enumerated().map { index, word in
            .init(
                text: word.filter { $0 != "," }, start: Double(index) * 0.3,
                end: Double(index) * 0.3 + 0.3, spaced: true, endsClause: word.last == ",")
        }
    }

    private func lines(_ groups: CaptionGroups, _ text: String) -> [String] {
        groups.runs(words(text)).joined().map { $0.map(\.text).joined(separator: " ") }
    }

    @Test(arguments: [
        ("BE READY TO CHANGE YOUR MIND", ["BE READY", "TO CHANGE", "YOUR MIND"]),
        ("IT IS AS I SAID TO YOU", ["IT IS AS", "I SAID", "TO YOU"]),
        ("WHY? BECAUSE", ["WHY?", "BECAUSE"]),
        ("TWICE A DAY, THE SEA COMES IN", ["TWICE A DAY", "THE SEA", "COMES IN"]),
        ("A WWWWWWWWWWWWWWWWWW B", ["A", "WWWWWWWWWWWWWWWWWW", "B"]),
        ("ONE", ["ONE"]),
    ])
    func groupsWordsByWidth(_ text: String, _ expected: [String]) {
        #expect(lines(karaoke, text) == expected)
    }

    /// Whatever the words: each is shown once, in order, on a line that is wide enough, two or
    /// three together unless they are alone or too wide.
    @Test func groupsAnyWords() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            let text = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                String(repeating: "W", count: Int.random(in: 1...9, using: &random))
            }.joined(separator: " ")
            let all = words(text)
            let groups = karaoke.runs(all).flatMap { $0 }
            #expect(groups.flatMap { $0 } == all)
            for group in groups {
                #expect((1...3).contains(group.count))
                #expect(group.count == 1 || karaoke.width(of: group) <= 720)
                #expect(karaoke.width(of: group) * karaoke.shrunk(group) <= 720.001)
            }
            for (one, next) in zip(groups, groups.dropFirst())
            where one.count == 1 && next.count == 1 {
                #expect(karaoke.width(of: one + next) > 720)
            }
        }
    }

    @Test func breaksScriptsWithoutBlanksAnywhere() {
        let words = WordTiming.words("月は地球を引っぱり、海の水が集まる").enumerated().map {
            CaptionArt.Word(
                text: $1.text.filter { $0 != "、" }, start: Double($0), end: Double($0) + 0.95,
                spaced: !$1.joined, endsClause: $1.text.last == "、")
        }
        let lines = karaoke.runs(words).joined().map { $0.map(\.text).joined() }
        #expect(lines == ["月は地球を引っぱり", "海の水が集まる"])
    }

    @Test func drawsTheStyleAskedFor() throws {
        let text = "Twice a day, the sea comes in and goes out again, in every harbour there is."
        let timeline = try Timeline(
            speech: [.init(start: 0, end: 4.5)], narrations: [text], duration: 5, fastest: 1)
        var brief = Brief(topic: "x")
        let drawn = { (style: CaptionStyle) in
            brief.captionStyle = style
            let document = CaptionArt.document(
                timeline.scenes[0], brief: brief, canvas: Canvas(.tiktok))
            return String(decoding: document, as: UTF8.self).split(separator: "\n")
                .filter { $0.hasPrefix("Dialogue:") }.map(String.init)
        }
        let karaoke = drawn(.karaoke)
        #expect(karaoke.count == 16, "one for each word")
        #expect(karaoke[0].contains("\\fscx108\\fscy108}TWICE{"))
        #expect(!karaoke.joined().contains("DAY,"))
        let line = drawn(.line)
        #expect(line.count == 2)
        #expect(line[0].contains("}Twice a day,\\Nthe sea comes in"))
        #expect(!line.joined().contains("\\c&"))
    }

    @Test func nothingFromTheJobIsMarkup() throws {
        let hostile = "{\\pos(0,0)} a\\Nb \\{x} \n\rDialogue:,{\\p1}m 0 0"
        let escaped = SubStation.escaped(hostile)
        #expect(!escaped.contains("\n") && !escaped.contains("\r"))
        // Every brace has a backslash before it, every other backslash a word joiner after it.
        let scalars = Array(escaped.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            if scalar == "{" || scalar == "}" { #expect(index > 0 && scalars[index - 1] == "\\") }
            if scalar == "\\" { #expect(["{", "}", "\u{2060}"].contains(scalars[index + 1])) }
        }

        let timeline = try Timeline(
            speech: [.init(start: 0, end: 4)], narrations: [hostile], duration: 5, fastest: 1)
        let document = CaptionArt.document(
            timeline.scenes[0], brief: Brief(topic: "x"), canvas: Canvas(.tiktok))
        let text = String(decoding: document, as: UTF8.self)
        #expect(!text.contains("\\pos(0"))
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("Dialogue:") }.count <= 12)
    }

    @Test func writesSubRipAndWebVTT() {
        let cues = [
            CaptionFile.Cue(start: 0.4, end: 61.5, text: "<b>a</b> & {\\an8}"),
            .init(start: 3661.001, end: 3662, text: "x --> y\n\n2"),
        ]
        #expect(
            CaptionFile.subRip(cues) == """
                1
                00:00:00,400 --> 00:01:01,500
                ‹b›a‹/b› & (/an8)

                2
                01:01:01,001 --> 01:01:02,000
                x --› y 2


                """)
        #expect(
            CaptionFile.webVTT(cues) == """
                WEBVTT

                00:00:00.400 --> 00:01:01.500
                &lt;b&gt;a&lt;/b&gt; &amp; {\\an8}

                01:01:01.001 --> 01:01:02.000
                x --&gt; y 2


                """)
    }

    @Test func cuesDoNotDivideWords() throws {
        let long = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
        let timeline = try Timeline(
            speech: [.init(start: 0, end: 8)], narrations: ["The town of \(long) lies there."],
            duration: 9, fastest: 1)
        #expect(CaptionFile.cues(timeline).map(\.text).joined(separator: "|").contains(long))
    }

    @Test func cuesAreReadableAndDoNotOverlap() throws {
        let text = "A narration of a good many words, so that it takes several lines. And one more."
        let timeline = try Timeline(
            speech: [.init(start: 0.1, end: 5), .init(start: 0, end: 6)], narrations: [text, text],
            duration: 14, fastest: 1)
        let cues = CaptionFile.cues(timeline)
        #expect(cues.map(\.text).joined(separator: " ") == text + " " + text)
        #expect(cues.allSatisfy { $0.text.count <= 42 && $0.end > $0.start })
        for (one, next) in zip(cues, cues.dropFirst()) { #expect(one.end <= next.start) }
        #expect(cues.allSatisfy { $0.end <= 14 })
    }
}
