/// The words of a narration, and an estimate of when each is spoken, from the text and from where
/// the recording is silent, for a voice that does not tell.
enum WordTiming {
    /// A word to be captioned.
    struct Word: Hashable, Sendable {
        /// As it is written.
        var text: String
        /// Whether it follows the one before without a blank, as a piece of a long word or as
        /// the next character of a script written without blanks.
        var joined = false
        /// Which of the narration's words it is, or is a piece of, and how many scalars of that
        /// come before it.
        var source = 0
        var offset = 0

        /// Whether no blanks are written in its script.
        var isUnspaced: Bool { text.unicodeScalars.contains(where: Language.isUnspaced) }
    }

    /// The words of a narration. Scripts without blanks are divided into characters, and words
    /// too long for a line into pieces.
    static func words(_ text: String, longest: Int = 18) -> [Word] {
        PlainText.words(text).enumerated().flatMap { source, word -> [Word] in
            var offset = 0
            return WordPieces.divided(word, longest).map { piece in
                defer { offset += piece.unicodeScalars.count }
                return Word(text: piece, joined: offset > 0, source: source, offset: offset)
            }
        }
    }

    /// When each word begins and ends, in seconds from the recording's start.
    ///
    /// Words get time by their weight. Where the text has marks that make a voice pause, and the
    /// recording has as many pauses, what is between two pauses is timed on its own.
    static func times(_ words: [Word], in speech: SpeechMeasure) -> [ClosedRange<Double>] {
        guard !words.isEmpty else { return [] }
        var clauses: [Range<Int>] = []
        var first = 0
        for index in words.indices where index + 1 == words.count || endsClause(words[index].text) {
            clauses.append(first..<index + 1)
            first = index + 1
        }
        let pauses = speech.pauses.sorted {
            $0.upperBound - $0.lowerBound > $1.upperBound - $1.lowerBound
        }
        .prefix(clauses.count - 1).sorted { $0.lowerBound < $1.lowerBound }
        let starts = [speech.start] + pauses.map(\.upperBound)
        let ends = pauses.map(\.lowerBound) + [speech.end]
        let weights = clauses.map { $0.reduce(0) { $0 + weight(words[$1].text) } }
        let pace = speech.seconds / weights.reduce(0, +)
        let agrees =
            starts.count == clauses.count
            && clauses.indices.allSatisfy {
                let ratio = (ends[$0] - starts[$0]) / weights[$0] / pace
                return (0.4...2.0).contains(ratio)
            }
        guard agrees else {
            return spread(words[...], from: speech.start, to: speech.end)
        }
        return clauses.indices.flatMap {
            spread(words[clauses[$0]], from: starts[$0], to: ends[$0])
        }
    }

    /// Words one after another, each with time by its weight.
    static func spread(
        _ words: ArraySlice<Word>, from start: Double, to end: Double
    ) -> [ClosedRange<Double>] {
        let total = words.reduce(0) { $0 + weight($1.text) }
        var before = 0.0
        return words.map { word in
            let from = start + (end - start) * before / total
            before += weight(word.text)
            return from...max(from, start + (end - start) * min(1, before / total))
        }
    }

    /// How long a word takes, relative to others: its syllables, as groups of vowels, and its
    /// letters. A digit is read as a word.
    static func weight(_ word: String) -> Double {
        var weight = 0.5
        var afterVowel = false
        for scalar in word.lowercased().unicodeScalars {
            if scalar.properties.numericType != nil {
                weight += 2.2
            } else if Language.isUnspaced(scalar) {
                weight += 2
            } else if scalar.properties.isAlphabetic {
                let isVowel = vowels.contains(scalar)
                weight += isVowel && !afterVowel ? 1.2 : 0.3
                afterVowel = isVowel
                continue
            }
            afterVowel = false
        }
        return weight
    }

    static let vowels = Set(
        "aeiouyäöüáéíóúàèìòùâêîôûåæøœãõëïаеёиоуыэюяαεηιουω".unicodeScalars)

    private static func endsClause(_ word: String) -> Bool {
        word.last.map { ",.;:!?…—，、。！？؟،।".contains($0) } ?? false
    }
}
