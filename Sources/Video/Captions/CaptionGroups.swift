/// Divides the words of a narration into what is shown at a time.
struct CaptionGroups: Sendable {
    /// A word on the picture.
    struct Word: Hashable, Sendable {
        var text: String
        var start, end: Double
        /// Whether a blank goes before it.
        var spaced: Bool
        /// Whether a mark after it, perhaps not drawn, divides what is said.
        var endsClause = false
    }

    /// How wide a line may be, in pixels, and its size as ASS counts it.
    var width, size: Double
    /// How many words a group may have, where blanks divide them.
    var most: Int
    /// How much larger one word of a group may be drawn than the others.
    var emphasis: Double

    /// Words into groups that fit on a line, by what is said in one go. A mark that ends a
    /// sentence, or a silence, ends a group.
    func runs(_ words: [Word]) -> [[[Word]]] {
        var runs: [[Word]] = []
        for word in words {
            if let before = runs.last?.last, word.start - before.end < 0.25,
                !(before.text.last.map { "!?…！？؟।".contains($0) } ?? false)
            {
                runs[runs.count - 1].append(word)
            } else {
                runs.append([word])
            }
        }
        return runs.map { divided($0) }
    }

    /// The groups with the least faults in all: few, of about the same width, ending where a
    /// clause does, without a word left over.
    private func divided(_ run: [Word]) -> [[Word]] {
        var best: [(faults: Double, from: Int)] = [(0, 0)]
        for end in 1...run.count {
            var found: (faults: Double, from: Int) = (.infinity, end - 1)
            for from in stride(from: end - 1, through: 0, by: -1) {
                let group = run[from..<end]
                // Too wide, and wider with each word before it; but one word has to go somewhere.
                if from < end - 1, counted(group) > most || width(of: group) > width { break }
                let faults = best[from].faults + faults(of: group, isAll: group.count == run.count)
                if faults < found.faults { found = (faults, from) }
            }
            best.append(found)
        }
        var groups: [[Word]] = []
        var end = run.count
        while end > 0 {
            let from = best[end].from
            groups.insert(Array(run[from..<end]), at: 0)
            end = from
        }
        return groups
    }

    private func faults(of group: ArraySlice<Word>, isAll: Bool) -> Double {
        let room = max(0, 1 - width(of: group) / width)
        var faults = 0.3 + room * room
        if counted(group) == 1, !isAll { faults += 0.35 }
        // A long word is divided only where nothing else helps. Where blanks divide phrases, a
        // phrase may be, but nothing short of it is left with its neighbour.
        if let first = group.first, !first.spaced {
            let rest = group.prefix { $0 == first || !$0.spaced }.count
            faults += isUnspaced(first) ? (rest <= 2 && rest < group.count ? 1 : 0.3) : 1.5
        }
        if group.last?.endsClause == true { faults -= 0.25 }
        // A clause that ends inside a group is read as if it did not.
        faults += 0.2 * Double(group.dropLast().count { $0.endsClause })
        return faults
    }

    /// How many words blanks divide it into.
    private func counted(_ group: ArraySlice<Word>) -> Int {
        1 + group.dropFirst().count { $0.spaced }
    }

    private func isUnspaced(_ word: Word) -> Bool {
        word.text.unicodeScalars.contains(where: Language.isUnspaced)
    }

    /// The width of a group while its widest word is emphasised.
    func width(of group: some Collection<Word>) -> Double {
        var all = 0.0
        var widest = 0.0
        for (index, word) in group.enumerated() {
            let own = TypeMetrics.width(word.text, size: size)
            widest = max(widest, own)
            all += own + (index > 0 && word.spaced ? TypeMetrics.width(" ", size: size) : 0)
        }
        return all + widest * (emphasis - 1)
    }

    /// What a group is made smaller by, for a single word wider than the line.
    func shrunk(_ group: [Word]) -> Double { min(1, width / max(1, width(of: group))) }
}
