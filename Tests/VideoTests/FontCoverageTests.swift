import Core
import Pipeline
import Testing

@testable import Video

@Suite struct FontCoverageTests {
    private let latin = FontCoverage(
        Array("20-7e a0-17f\n20 3041-3096 30a1\n20-7e a0-17f\nzz -\n".utf8))

    @Test func findsWhatNoFontHas() {
        #expect(latin.missing("A café – かな…") == [] as [Unicode.Scalar])
        #expect(latin.missing("かなア漢漢") == ["ア", "漢"])
        #expect(FontCoverage([]).isEmpty && !latin.isEmpty)
        // The joiners are drawn by no font.
        #expect(latin.missing("か\u{200D}な") == [])
    }

    @Test func looksOnlyWhereItIsNeeded() {
        var brief = Brief(topic: "Äpfel – “süß” für 5 €…")
        let script = Script(
            title: "", scenes: [.init(heading: "A", narration: "B")], description: "",
            hashtags: [], language: "de")
        #expect(!FontCoverage.isNeeded(script, brief))
        brief.category = "Наука"
        #expect(FontCoverage.isNeeded(script, brief))
    }

    @Test func namesThemInTheReceipt() {
        #expect(FontCoverage.degradation([]) == nil)
        #expect(
            FontCoverage.degradation(["\u{12000}", "!"])
                == "No font here has these characters, so they are not drawn: 𒀀 (U+12000), ! (U+0021)."
        )
    }

    /// The timeline keeps the word for the caption files and leaves out what cannot be drawn.
    @Test func leavesThemOutOfThePicture() throws {
        var timeline = try Timeline(
            speech: [.init(start: 0, end: 4)], narrations: ["ab 𒀀b 𒀀"], duration: 5, fastest: 1)
        timeline.leaveUndrawn(["𒀀"])
        #expect(timeline.scenes[0].words.map(\.drawn) == [nil, "b", ""])
        #expect(timeline.scenes[0].words.map(\.text) == ["ab", "𒀀b", "𒀀"])
        let art = String(
            decoding: CaptionArt.document(
                timeline.scenes[0], brief: Brief(topic: "x"), canvas: Canvas(.tiktok)),
            as: UTF8.self)
        #expect(!art.contains("𒀀") && art.contains("AB"))
    }

    /// What fontconfig says of this machine.
    @Test func asksFontconfig() async throws {
        let provider = try #require(VideoProvider.fontconfig.make(.init(Brief(topic: "x"))))
        let production = try provider.produce(MemorySession())
        let trial = Trial()
        let folder = Folder(path: trial.path("work"))
        for tool in production.tools { try await folder.run(tool) }
        try production.check(folder)
        let coverage = FontCoverage(try folder.read("fonts.txt", limit: 1 << 26))
        #expect(coverage.missing("مرحبا שלום こんにちは 你好 สวัสดี नमस्ते Привет Ж") == [])
        #expect(coverage.missing("\u{1F9FF}\u{16FE4}").contains("\u{16FE4}"))
    }
}
