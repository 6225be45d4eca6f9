import Testing

@testable import Video

@Suite struct CaptionTests {
    private func words(_ text: String) -> [CaptionArt.Word] {
        PlainText.words(text).enumerated().map {
            .init(text: $1, start: Double($0) * 0.3, end: Double($0) * 0.3 + 0.3, spaced: true)
        }
    }

    @Test func groupsByWidthWithoutLeavingAWordOver() {
        let groups = CaptionArt.grouped(words("BE READY TO CHANGE YOUR MIND"), width: 720, size: 88)
        #expect(
            groups.map { $0.map(\.text).joined(separator: " ") } == [
                "BE READY TO", "CHANGE YOUR MIND",
            ]
                || groups.allSatisfy { $0.count >= 2 })
        for group in groups {
            let line = group.map(\.text).joined(separator: " ")
            #expect(TypeMetrics.width(line, size: 88) <= 720)
        }
        #expect(CaptionArt.grouped(words("WHY? BECAUSE"), width: 720, size: 88).count == 2)
        let long = CaptionArt.grouped(words("A WWWWWWWWWWWWWWWWWW B"), width: 720, size: 88)
        #expect(long.count == 3)
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
