/// The words of a text that carry its meaning, as far as lists of small words can tell.
enum Keywords {
    /// Up to `limit` significant words in their order, without repetition: no small words, no
    /// bare numbers, no addresses.
    static func of(_ text: String, language: String, limit: Int) -> [String] {
        let small = FunctionWords.of(language)
        var seen: Set<String> = []
        var found: [String] = []
        for word in PlainText.words(text) where !isAddress(word) {
            let bare = elided(trimmed(word))
            let key = bare.lowercased().replacing("’", with: "'")
            let isSmall = small?.contains(key) ?? (bare.count <= 3 && !isUnspaced(bare))
            guard !isSmall, bare.count > 1 || isUnspaced(bare), bare.contains(where: \.isLetter),
                !numerals.contains(key),
                seen.insert(key).inserted
            else { continue }
            found.append(bare)
            if found.count == limit { break }
        }
        return found
    }

    /// A hashtag of a word or several; nil when no letter or digit is in them.
    static func hashtag(_ text: String) -> String? {
        let kept = PlainText.words(text).map { word in
            String(
                String.UnicodeScalarView(
                    word.unicodeScalars.filter {
                        $0.properties.isAlphabetic || $0.properties.numericType != nil
                            || $0.properties.generalCategory == .nonspacingMark
                    }))
        }.joined()
        return PlainText.isSpeakable(kept) ? "#" + kept.lowercased() : nil
    }

    /// A word without the punctuation around it.
    static func trimmed(_ word: some StringProtocol) -> String {
        let isInner = { (c: Character) in c.isLetter || c.isNumber || c.isCurrencySymbol }
        guard let first = word.firstIndex(where: isInner),
            let last = word.lastIndex(where: { isInner($0) || $0 == "%" || $0 == "°" })
        else { return "" }
        return String(word[first...last])
    }

    /// A word without the article or preposition that French writes as one with it.
    private static func elided(_ word: String) -> String {
        for start in ["l", "d", "qu"] {
            for mark in ["'", "’"] where word.lowercased().hasPrefix(start + mark) {
                return String(word.dropFirst(start.count + 1))
            }
        }
        return word
    }

    /// Whether it is the address of something, or no plain word.
    private static func isAddress(_ word: String) -> Bool {
        word.contains { "/\\@{}<>=".contains($0) } || word.hasPrefix("www.")
    }

    private static func isUnspaced(_ word: String) -> Bool {
        word.unicodeScalars.first.map(Language.isUnspaced) ?? false
    }

    /// Numbers written out: as little use as digits for finding a video.
    private static let numerals: Set<String> = Set(
        PlainText.words(
            """
            one two three four five six seven eight nine ten hundred thousand million \
            zwei drei vier fünf sechs sieben acht neun zehn hundert tausend \
            dos tres cuatro cinco seis siete ocho nueve diez cien mil \
            deux trois quatre cinq sept huit neuf dix cent mille
            """))
}
