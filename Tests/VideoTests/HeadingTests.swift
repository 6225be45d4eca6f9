import Testing

@testable import Video

@Suite struct HeadingTests {
    @Test(arguments: [
        ("Bread can rise without any yeast from a packet.", "Bread can rise"),
        ("Flour already carries wild yeast and friendly bacteria.", "Friendly bacteria"),
        ("Mixed with water, they wake up and begin to eat the sugars.", "Mixed with water"),
        ("Their breath is carbon dioxide, and the dough catches it.", "Carbon dioxide"),
        ("The bacteria make acid, which gives the bread its taste.", "The bacteria make acid"),
        ("Give it time, and it will rise.", "Give it time"),
        ("They look at every check before anything else.", "Look at every check"),
        ("They ask what the other side wants to do.", "What the other side wants"),
        ("They stop for a breath before they touch a piece.", "Stop for a breath"),
        ("So the water bulges towards the Moon, and more.", "The water bulges"),
        ("Grind the beans right before you brew", "Grind the beans right"),
        ("Did you know that honey never spoils?", "Honey never spoils"),
        ("It was discovered in 1928 by Alexander Fleming.", "Discovered in 1928"),
        ("When the water boils, add the pasta.", "Add the pasta"),
        ("Octopuses live in every ocean on Earth.", "Octopuses live in every ocean"),
        ("Try one of these and tell us which made a difference!", "Try one of these"),
        ("In 1969, two men walked on the Moon.", "In 1969"),
        ("Today, 80% of all planes use it on every flight they make.", "80% of all planes use it"),
        ("However, nobody knows exactly why we dream.", "Nobody knows exactly"),
        ("You should never mix bleach and ammonia.", "You should never mix bleach"),
        ("One line only.", "One line only"),
        ("Do you bake?", "Do you bake?"),
    ])
    func areAPhraseOfTheText(_ narration: String, _ heading: String) {
        #expect(Heading.of(narration, language: "en") == heading)
    }

    @Test(arguments: [
        ("Why octopuses have three hearts", "Why octopuses have three hearts"),
        ("Why is the sky blue?", "Why is the sky blue?"),
        ("The history of tea.", "The history of tea"),
        (
            "Rock 'n' roll & the “British Invasion”: it's only Beatles' music",
            "Rock 'n' roll & the British Invasion"
        ),
        (
            "On 24/12/2024 the price rose 12.5% to $1,299.99 (€1.200)",
            "On 24/12/2024 the price rose 12.5%"
        ),
    ])
    func ofATopicAreTheTopic(_ topic: String, _ heading: String) {
        #expect(Heading.topic(topic, language: "en") == heading)
    }

    /// Whatever the text, a heading is a piece of it and does not end in an article or a
    /// preposition.
    @Test(arguments: ["en", "de", "es", "fr", "it"])
    func areContiguous(_ language: String) {
        let words = PlainText.words(
            "the a of bread and water can rise without any yeast in une la maison der Wald und ihr y"
        )
        var random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            let count = Int.random(in: 1...14, using: &random)
            let text =
                (0..<count).map { _ in words[Int.random(in: 0..<words.count, using: &random)] }
                .joined(separator: " ") + "."
            let heading = Heading.of(text, language: language)
            let bare = heading.hasSuffix("…") ? String(heading.dropLast()) : heading
            #expect(text.lowercased().contains(bare.lowercased()))
            #expect(!heading.isEmpty && heading.count <= 41)
        }
    }

    @Test func cutsWhatItCannotRead() {
        #expect(
            Heading.of("Il pane può lievitare senza lievito di birra.", language: "it")
                == "Il pane può lievitare…")
        #expect(Heading.of("空はなぜ青いのか。光です。", language: "ja") == "空はなぜ青いのか")
        #expect(Heading.of(String(repeating: "w", count: 90), language: "en").count <= 40)
        #expect(Heading.of("To be or not to be?", language: "en").isEmpty == false)
    }

    @Test(arguments: [
        (
            "Tief unter unseren Füßen ist das Gestein so heiß, dass es schmilzt.", "de",
            "Tief unter unseren Füßen"
        ),
        ("Dieses Magma ist leichter als der Fels darüber.", "de", "Dieses Magma ist leichter"),
        ("Dabei lösen sich Gase, wie in einer Flasche.", "de", "Dabei lösen sich Gase"),
        (
            "El gazpacho andaluz lleva tomate, pepino y pimiento", "es",
            "El gazpacho andaluz lleva tomate"
        ),
        ("Le pain monte grâce aux levures sauvages de la farine.", "fr", "Le pain monte grâce"),
    ])
    func knowOtherLanguages(_ narration: String, _ language: String, _ heading: String) {
        #expect(Heading.of(narration, language: language) == heading)
    }
}
