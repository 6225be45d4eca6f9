/// Divides words that are too long for a line, or of a script that writes no blanks between them.
enum WordPieces {
    /// A word in pieces of at most `longest` characters: each character of its own where a script
    /// has no blanks, else pieces that begin with a syllable or after a mark.
    static func divided(_ word: String, _ longest: Int) -> [String] {
        let isUnspaced = { (c: Character) in
            c.unicodeScalars.first.map(Language.isUnspaced) ?? false
        }
        guard word.contains(where: isUnspaced) else { return syllables(Array(word), longest) }
        var pieces: [String] = []
        for character in word {
            guard let last = pieces.last, let before = last.last else {
                pieces.append(String(character))
                continue
            }
            let isMark =
                !character.isLetter && !character.isNumber && !openers.contains(character)
            let continues =
                (isMark || !isUnspaced(character)) && last.count < longest
                && (isMark || !(last.first.map(isUnspaced) ?? false))
            if continues || followers.contains(character) || openers.contains(before) {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
            }
        }
        return pieces
    }

    /// What no line begins with: small kana and signs that lengthen or repeat, vowels that Thai
    /// and Lao write after their consonant. See "Requirements for Japanese Text Layout" (W3C),
    /// 3.1.7.
    private static let followers = Set("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶーｰ々〻ゝゞヽヾะาๅๆฯະາໆ")

    /// What no line ends with: brackets, vowels that Thai and Lao write before their consonant.
    private static let openers = Set("「『（《〈【〔“‘([{เแโใไເແໂໃໄ")

    /// Cuts at the last good place before `longest`, or there if there is none.
    private static func syllables(_ word: [Character], _ longest: Int) -> [String] {
        var pieces: [String] = []
        var rest = word[...]
        while rest.count > longest {
            let latest = rest.startIndex + longest
            let places = stride(from: latest, to: rest.startIndex + longest / 2, by: -1)
            let cut = places.first { mayDivide(word, before: $0) } ?? latest
            pieces.append(String(rest[..<cut]))
            rest = rest[cut...]
        }
        if !rest.isEmpty { pieces.append(String(rest)) }
        return pieces
    }

    /// Whether a syllable seems to begin there: a consonant before a vowel, not the second half of
    /// a `ch` and its like, and not the word's last letters. Or it follows a mark, as in addresses.
    private static func mayDivide(_ word: [Character], before index: Int) -> Bool {
        guard index + 2 < word.count else { return false }
        let before = word[index - 1]
        if !before.isLetter, !before.isNumber { return true }
        let pair = "\(before)\(word[index])".lowercased()
        return word[index].isLetter && !isVowel(word[index]) && isVowel(word[index + 1])
            && !["ch", "ph", "th", "sh", "ck", "qu", "gh", "rh"].contains(pair)
    }

    private static func isVowel(_ character: Character) -> Bool {
        character.lowercased().unicodeScalars.first.map(WordTiming.vowels.contains) ?? false
    }
}
