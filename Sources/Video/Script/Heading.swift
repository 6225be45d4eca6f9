/// The words on a card, taken from a longer text: always a contiguous piece of it, that begins and
/// ends where a phrase does.
enum Heading {
    /// What a heading of our own may have at most.
    private static let words = 6
    private static let characters = 32

    /// A heading for a narration.
    static func of(_ narration: String, language: String) -> String {
        let text = PlainText.clean(narration)
        let clauses = clauses(text)
        let found =
            if let small = FunctionWords.of(language) {
                phrase(clauses, small)
            } else {
                clauses.first.flatMap { beginning($0, language) }
            }
        guard let found, PlainText.isSpeakable(found) else {
            return PlainText.shortened(text, to: 40)
        }
        return capitalized(PlainText.shortened(found, to: 40), language)
    }

    /// A heading for a topic: the topic itself if it is short, else its beginning.
    static func topic(_ topic: String, language: String) -> String {
        let text = PlainText.clean(topic)
        let whole = text.last == "." && !text.hasSuffix("..") ? String(text.dropLast()) : text
        guard whole.count > 48 || PlainText.words(whole).count > 9 else { return whole }
        guard let first = clauses(whole).first(where: { PlainText.words($0).count > 1 }) else {
            return PlainText.shortened(whole, to: 44)
        }
        guard first.count > 44 else { return first }
        // The longest beginning that ends where a phrase does.
        let words = PlainText.words(first)
        let small = FunctionWords.of(language)
        for count in stride(from: words.count - 1, through: 2, by: -1) {
            let piece = words.prefix(count).joined(separator: " ")
            guard piece.count <= 44 else { continue }
            let last = Keywords.trimmed(words[count - 1]).lowercased()
            let isOpen = small?.contains(last) ?? (last.count <= 3)
            if !isOpen, small?.breaks(before: Keywords.trimmed(words[count]).lowercased()) ?? true {
                return piece
            }
        }
        return PlainText.shortened(first, to: 44)
    }

    /// The parts of a text between the marks that divide it. A question or exclamation mark stays.
    static func clauses(_ text: String) -> [String] {
        var found: [String] = []
        var words: [String] = []
        func end() {
            if !words.isEmpty { found.append(words.joined(separator: " ")) }
            words = []
        }
        // Where no blanks are written, none follows a full stop either.
        let spaced = text.map { "。！？，".contains($0) ? "\($0) " : String($0) }.joined()
        for word in PlainText.words(spaced) {
            if word.allSatisfy({ "-–—(/|".contains($0) }) {
                end()
                continue
            }
            if word.first == "(" { end() }
            var bare = word
            while let first = bare.first, "(“\"«„[{<".contains(first) { bare.removeFirst() }
            while let last = bare.last, ",.;:…”\"»“)!?]}>，。、！？؟،।".contains(last) {
                let before = bare.dropLast().last
                let isAsked =
                    "!?؟！？".contains(last) && before.map { $0.isLetter || $0.isNumber } == true
                if isAsked { break }
                bare.removeLast()
            }
            if !bare.isEmpty { words.append(bare) }
            if let last = word.last, ",.;:…!?)，。、！？؟،।".contains(last) { end() }
        }
        end()
        return found
    }

    /// A piece of the clauses, at most as long as a heading may be, with how well it reads.
    private struct Candidate {
        var text: String
        var score: Double
    }

    /// The best piece of the first few clauses.
    private static func phrase(_ clauses: [String], _ small: FunctionWords) -> String? {
        var best: Candidate?
        var penalty = 0.0
        for clause in clauses.prefix(6) {
            for var candidate in candidates(clause, small) {
                candidate.score -= penalty
                if candidate.score > (best?.score ?? -.infinity) { best = candidate }
            }
            // What follows a single word and a comma is most likely the rest of a list.
            penalty += PlainText.words(clause).count == 1 ? 6 : 4
        }
        return best?.text
    }

    /// Pieces of one clause: those that begin it, and those that a small word introduces.
    private static func candidates(_ clause: String, _ small: FunctionWords) -> [Candidate] {
        let words = PlainText.words(clause)
        let keys = words.map { key($0) }
        let begin = preamble(keys, small)
        var found: [Candidate] = []
        if begin < words.count, let cut = cut(words[begin...], small) {
            found.append(Candidate(text: cut, score: 5))
        }
        for first in begin..<words.count {
            let isBeginning = first == begin
            let isQuestion = small.questions.contains(keys[first])
            let follows =
                first > 0
                && (isDroppable(keys[first - 1], small)
                    || small.joiners.contains(keys[first - 1])
                    || small.verbs.contains(keys[first - 1]))
            guard isBeginning || isQuestion || (follows && !small.contains(keys[first])) else {
                continue
            }
            for last in first..<min(words.count, first + Self.words) {
                let isEnd = last + 1 == words.count
                guard isEnd || small.breaks(before: keys[last + 1]) else { continue }
                var text = words[first...last].joined(separator: " ")
                // `Did you know that honey keeps?` asks; what is left of it does not.
                if isBeginning, begin > 0, !isQuestion, text.last == "?" { text.removeLast() }
                guard text.count <= characters else { break }
                let isObject = small.objects.contains(keys[last])
                guard !small.contains(keys[last]) || isObject || (isEnd && isBeginning) else {
                    continue
                }
                let count = last - first + 1
                var score = isBeginning ? 10.0 : isQuestion ? 7 : 8
                score += [-4, 1, 2.5, 3, 2.5, 1][count - 1]
                let isWhole = isBeginning && isEnd
                if isWhole { score += 2 }
                if isBeginning, !isEnd, count == 2 { score -= 1 }
                if small.contains(keys[last]) { score -= isObject ? 2 : 4 }
                // A noun phrase of more than three words holds a verb.
                if !isBeginning, !isQuestion, count > 3 { score -= 4 }
                if keys[first...last].allSatisfy(small.contains), !isWhole || count == 1 {
                    score -= 6
                }
                if isBeginning, small.subordinators.contains(keys[first]) { score -= 5 }
                if text.count > 28 { score -= text.count > 30 ? 4 : 2 }
                if isBeginning, small.joiners.contains(keys[first]) { score -= 3 }
                let isVague =
                    vague.contains(keys[first]) || small.pronouns.contains(keys[first])
                if isBeginning, isVague { score -= 6 }
                found.append(Candidate(text: text, score: score))
            }
        }
        return found
    }

    /// The first words of a clause that goes on, with an ellipsis: for want of anything better.
    private static func cut(_ words: ArraySlice<String>, _ small: FunctionWords) -> String? {
        var kept = words.prefix(4)
        while let last = kept.last,
            small.contains(key(last)) || kept.joined(separator: " ").count > 28
        {
            kept.removeLast()
        }
        guard kept.count > 1, kept.count < words.count else { return nil }
        return kept.joined(separator: " ") + "…"
    }

    /// How many words at a clause's beginning say nothing; all of them, if it is nothing else.
    private static func preamble(_ keys: [String], _ small: FunctionWords) -> Int {
        for preamble in small.preambles where keys.starts(with: preamble) {
            guard keys.count > preamble.count else { return keys.count }
            // `You should never`: without its subject, an auxiliary makes no sense.
            let next = keys[preamble.count]
            if keys.count > preamble.count + 1, !small.verbs.contains(next),
                !small.others.contains(next)
            {
                return preamble.count
            }
        }
        return 0
    }

    /// Whether a noun phrase says the same without this article or possessive.
    private static func isDroppable(_ key: String, _ small: FunctionWords) -> Bool {
        small.determiners.contains(key) && !quantifiers.contains(key)
    }

    /// Words that point at something said before, which a card does not show.
    private static let vague: Set<String> = [
        "it", "them", "its", "their", "his", "her", "this", "that", "esto", "eso", "cela", "ça",
        "these", "those", "sus", "leur", "leurs",
    ]

    /// Words that cannot be left off without saying something else.
    private static let quantifiers: Set<String> = Set(
        PlainText.words(
            """
            no few any some many much more most several every each all both jeder jede jedes jeden \
            jedem kein keine keinen keinem keiner alle allen viele vielen manche einige mehr cada \
            todo toda todos todas ningún ninguna algún alguna muchos muchas mucho mucha más pocos \
            pocas chaque tout toute tous toutes aucun aucune quelques plusieurs
            """))

    /// A word as the lists have it.
    private static func key(_ word: String) -> String {
        Keywords.trimmed(word).lowercased().replacing("’", with: "'")
    }

    /// The beginning of a clause in a language whose small words are not known. An ellipsis says
    /// that it goes on; short words, which most small ones are, do not stand before it.
    private static func beginning(_ clause: String, _ language: String) -> String? {
        let words = PlainText.words(clause)
        guard clause.count > characters || words.count > Self.words else { return clause }
        var kept: [String] = []
        for word in words.prefix(4) {
            guard (kept + [word]).joined(separator: " ").count <= characters else { break }
            kept.append(word)
        }
        while kept.count > 1, let last = kept.last, last.count <= 3 { kept.removeLast() }
        if kept.isEmpty { return nil }
        return kept.joined(separator: " ") + "…"
    }

    /// With a capital first letter; the rest as it was written.
    private static func capitalized(_ text: String, _ language: String) -> String {
        guard let first = text.first else { return text }
        return PlainText.capitals(String(first), language: language) + text.dropFirst()
    }
}
