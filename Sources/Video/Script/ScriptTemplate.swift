/// What can honestly be said about a topic nobody has told us anything about: it names the topic,
/// asks questions and sends people to look for themselves. It claims nothing.
struct ScriptTemplate: Sendable {
    /// One scene's worth.
    struct Beat: Hashable, Sendable {
        /// The words on the picture; empty for the topic's own.
        var heading: String
        /// What is said in any case.
        var line: String
        /// What is said as well when there is time.
        var more: String

        init(_ heading: String, _ line: String, _ more: String) {
            self.heading = heading
            self.line = line
            self.more = more
        }
    }

    /// What comes before the topic in the first sentence: `Today's topic:`. A colon fits any
    /// topic, be it a name, a question or a sentence.
    var opening: String
    /// Said after the topic when there is time.
    var welcome: String
    /// The thoughts in between, in the order they are told.
    var middle: [Beat]
    /// The end.
    var closing: Beat
    /// The description published beside the video, after the topic.
    var description: String

    /// The template for a language; nil if there is none.
    static func of(_ language: String) -> ScriptTemplate? {
        switch Language.primary(of: language) {
        case "en": english
        case "de": german
        case "es": spanish
        case "fr": french
        default: nil
        }
    }

    /// Scenes about `topic` that take about `seconds` to speak, `pad` seconds around each
    /// narration included, and never longer unless the topic alone is; then it is cut short.
    func scenes(
        topic: String, language: String, seconds: Double, pad: Double, seed: UInt64
    ) -> (
        scenes: [Script.Scene], topicWasCut: Bool
    ) {
        let time = { (text: String) in SpeechRate.seconds(text, language) + pad }
        let (first, wasCut) = opened(topic, language, seconds: seconds - pad)
        var left = seconds - pad - Self.longest(first, language)
        var scenes = [
            Script.Scene(heading: Heading.topic(topic, language: language), narration: first)
        ]
        guard time(closing.line) <= left else { return (scenes, wasCut) }
        left -= time(closing.line)

        // Which thoughts: a draw that the topic decides, told in the template's order.
        var random = SeededRandom(seed: seed)
        var chosen: Set<Int> = []
        let wanted = max(0, Int((seconds / 4).rounded()) - 2)
        for index in middle.indices.shuffled(using: &random) where chosen.count < wanted {
            let cost = time(middle[index].line)
            guard cost <= left else { continue }
            left -= cost
            chosen.insert(index)
        }
        // Then what else there is time for, the welcome first.
        func affordable(_ text: String) -> Bool {
            let cost = SpeechRate.seconds(text, language)
            guard cost <= left else { return false }
            left -= cost
            return true
        }
        if affordable(welcome) { scenes[0].narration += " " + welcome }
        let ends = affordable(closing.more)
        let longer = Set(
            chosen.sorted().shuffled(using: &random).filter { affordable(middle[$0].more) })
        for index in chosen.sorted() {
            let beat = middle[index]
            scenes.append(
                Script.Scene(
                    heading: beat.heading,
                    narration: longer.contains(index) ? beat.line + " " + beat.more : beat.line))
        }
        scenes.append(
            Script.Scene(
                heading: closing.heading,
                narration: ends ? closing.line + " " + closing.more : closing.line))
        return (scenes, wasCut)
    }

    /// The time a text with the topic may take: a number is read as words, some of them long ones.
    private static func longest(_ text: String, _ language: String) -> Double {
        let digits = text.unicodeScalars.count { $0.properties.generalCategory == .decimalNumber }
        return SpeechRate.seconds(text, language) + 0.3 * Double(digits)
    }

    /// The first sentence, of as many of the topic's words as there is time for.
    private func opened(
        _ topic: String, _ language: String, seconds: Double
    ) -> (String, Bool) {
        let sentence = { (topic: String) in
            let stopped = topic.last.map { ".!?…。！？؟।".contains($0) } ?? false
            return "\(opening) \(topic)\(stopped ? "" : ".")"
        }
        var words = PlainText.words(topic)
        while words.count > 1,
            Self.longest(sentence(words.joined(separator: " ")), language) > seconds
        {
            words.removeLast()
        }
        var spoken = words.joined(separator: " ")
        while spoken.count > 8, Self.longest(sentence(spoken), language) > seconds {
            spoken.removeLast()
        }
        return (sentence(spoken), spoken.count < topic.count)
    }
}
