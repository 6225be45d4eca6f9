import Testing

@testable import Video

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("  two\t\nwords ", "two words"), ("no\u{0}control\u{7}s", "no control s"),
        ("octo🐙pus ❤️", "octopus"), ("flag 🇩🇪 family 👩‍👩‍👧", "flag family"),
        ("\u{202E}reversed\u{202C}", "reversed"),
        ("e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "e\u{301}\u{301}\u{301}\u{301}"),
        ("क्\u{200D}ष", "क्\u{200D}ष"), ("5 € & 20 °C ©", "5 € & 20 °C ©"), ("日本語、です。", "日本語、です。"),
    ])
    func cleans(_ text: String, _ expected: String) {
        #expect(PlainText.clean(text) == expected)
    }

    @Test func findsSentences() {
        #expect(
            PlainText.sentences("One. Two? J. R. Hartley, e.g. him. 3.5 apples!\n\n🐙\nLast")
                == ["One.", "Two?", "J. R. Hartley, e.g. him.", "3.5 apples!", "Last"])
        #expect(PlainText.sentences("これは本です。あれは？") == ["これは本です。", "あれは？"])
    }

    @Test(arguments: [
        ("Why octopuses have three hearts", "en", ["octopuses", "hearts"]),
        ("10 facts about Mars, see https://example.com/mars", "en", ["facts", "Mars", "see"]),
        ("Warum Vulkane ausbrechen", "de", ["Vulkane", "ausbrechen"]),
        ("L’histoire du thé", "fr", ["histoire", "thé"]),
        ("La storia del caffè", "it", ["storia", "caffè"]),
        ("The war of the sons", "en", ["war", "sons"]),
    ])
    func findsWhatATextIsAbout(_ text: String, _ language: String, _ words: [String]) {
        #expect(Keywords.of(text, language: language, limit: 4) == words)
    }

    @Test func makesHashtags() {
        #expect(Keywords.hashtag("Café au lait!") == "#caféaulait")
        #expect(Keywords.hashtag("!!") == nil)
    }

    @Test(arguments: [
        ("What https://www.example.com/path?a=1&b=2 is", "What example.com is"),
        ("See http://example.org:80/x, or not", "See example.org, or not"),
        ("a :// b", "a :// b"), ("plain words", "plain words"),
    ])
    func saysAddressesShort(_ text: String, _ expected: String) {
        #expect(PlainText.withHosts(text) == expected)
    }

    @Test func knowsGreekCapitals() {
        #expect(PlainText.capitals("γιατί ο ουρανός", language: "el") == "ΓΙΑΤΙ Ο ΟΥΡΑΝΟΣ")
    }

    @Test func knowsTurkishCapitals() {
        #expect(PlainText.capitals("iki", language: "tr-TR") == "İKİ")
        #expect(PlainText.capitals("straße", language: "de") == "STRASSE")
    }
}

@Suite struct LeftOutTests {
    @Test func namesThePicturesItLeavesOut() {
        let text = "Bees 🐝🐝 ✓ and 👩‍👧 ©"
        #expect(PlainText.leftOut(text) == ["🐝", "✓", "👩", "👧"])
        #expect(PlainText.named(["🐝", "é"]) == "🐝 (U+1F41D), é (U+00E9)")
        #expect(PlainText.leftOut("A café – {\\an8} 日本").isEmpty)
        let many = (0..<25).compactMap { Unicode.Scalar(0x1F400 + $0) }
        #expect(PlainText.named(many).hasSuffix("U+1F413), and 5 more"))
    }

    @Test func isSaidInTheReceipt() throws {
        var brief = Brief(topic: "Bees 🐝")
        brief.script = .scenes([.init(heading: "★", narration: "They fly.")])
        let (_, degradations) = try ScriptWriter.write(brief, VideoSettings())
        #expect(
            degradations == [
                "Pictures can be neither spoken nor drawn, and were left out: "
                    + "🐝 (U+1F41D), ★ (U+2605)."
            ])
    }
}
