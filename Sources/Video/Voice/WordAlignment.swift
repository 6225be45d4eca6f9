/// Gives the words of a narration the times at which its voice says it spoke them.
enum WordAlignment {
    /// Where a time is known: that of the word at `index`, or the end if there is none there.
    private struct Knot {
        var index: Int
        var time: Double
    }

    /// When each word begins and ends, in seconds from the recording's start; nil if the voice
    /// tells too little about them.
    ///
    /// What it does not tell, such as where the second piece of a long word begins, is spread
    /// between what it does. A word ends where the next begins or a silence does.
    static func times(
        _ words: [WordTiming.Word], _ spoken: SpokenTimes, in speech: SpeechMeasure
    ) -> [ClosedRange<Double>]? {
        var knots = knots(words, spoken, in: speech)
        // Marks alone are not spoken, and a number may be taken for a part of its neighbour.
        let told = Set(knots.map { words[$0.index].source }).count
        let all = Set(words.filter { PlainText.isSpeakable($0.text) }.map(\.source)).count
        guard let first = knots.first, told * 4 >= all * 3 else { return nil }
        if first.index > 0 {
            knots.insert(Knot(index: 0, time: min(first.time, speech.start)), at: 0)
        }
        knots.append(Knot(index: words.count, time: speech.end))
        return zip(knots, knots.dropFirst()).flatMap { knot, next in
            let pieces = words[knot.index..<next.index]
            let silence = speech.pauses.first {
                $0.lowerBound > knot.time + 0.03 && $0.upperBound > next.time - 0.15
            }
            let told = spoken.pieces.last { $0.word == pieces.last?.source }?.end
            let end = [next.time, silence?.lowerBound, told].compactMap { $0 }.min() ?? next.time
            return WordTiming.spread(pieces, from: knot.time, to: max(knot.time, end))
        }
    }

    /// The words whose beginning the voice tells, in order. Within a word it counts only where no
    /// blanks are written: of a number that is read as several words, the voices give places that
    /// do not exist.
    private static func knots(
        _ words: [WordTiming.Word], _ spoken: SpokenTimes, in speech: SpeechMeasure
    ) -> [Knot] {
        var knots: [Knot] = []
        for piece in spoken.pieces {
            let index = words.firstIndex {
                guard $0.source == piece.word else { return false }
                let end = $0.offset + $0.text.unicodeScalars.count
                return piece.offset < end || !$0.isUnspaced
            }
            guard let index else { continue }
            let time = min(max(piece.start, speech.start), speech.end)
            guard let last = knots.last else {
                knots.append(Knot(index: index, time: time))
                continue
            }
            if index > last.index, time > last.time {
                knots.append(Knot(index: index, time: time))
            }
        }
        return knots
    }
}
