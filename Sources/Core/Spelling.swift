/// Finds what somebody meant to write.
public enum Spelling {
    /// The candidate nearest to `word`, if one is near enough to be meant: a third of its letters
    /// may be wrong, and at least one. Of several equally near ones the first.
    public static func suggestion(
        for word: String, among candidates: some Sequence<String>
    ) -> String? {
        let word = Array(word.unicodeScalars.prefix(longest + 1))
        guard word.count <= longest else { return nil }
        var best: (distance: Int, candidate: String)?
        for candidate in candidates {
            let letters = Array(candidate.unicodeScalars)
            guard letters.count <= longest else { continue }
            let distance = distance(from: word, to: letters)
            guard distance <= max(1, letters.count / 3), distance < letters.count,
                distance < best?.distance ?? .max
            else { continue }
            best = (distance, candidate)
        }
        return best?.candidate
    }

    /// The words considered have at most so many letters, since the cost is the product of both.
    private static let longest = 64

    /// How many letters have to be put in, left out, replaced or swapped with their neighbour to
    /// get from one word to the other, none of them twice: the restricted Damerau-Levenshtein
    /// distance.
    static func distance(from a: [Unicode.Scalar], to b: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(
                    row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    least = min(least, beforeLast[j - 1] + 1)
                }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
