/// How wide text is in Inter Extra Bold and in what stands in for it, near enough to break lines by.
enum TypeMetrics {
    /// The faces used, by the names fontconfig knows them by (Debian's fonts-inter).
    static let heavy = "Inter Extra Bold"
    static let medium = "Inter Semi Bold"

    /// What of the size given in ASS is the em: libass scales a face by its ascent and descent,
    /// 2728 and 680 of 2816 units for Inter.
    static let emOfSize = 2816.0 / (2728.0 + 680.0)

    /// The width of a line in ASS at `size`, in pixels.
    static func width(_ text: some StringProtocol, size: Double, spacing: Double = 0) -> Double {
        var hundredths = 0
        var count = 0
        for scalar in text.unicodeScalars {
            let advance = advance(scalar)
            hundredths += advance
            if advance > 0 { count += 1 }
        }
        return Double(hundredths) / 100 * size * emOfSize + spacing * Double(count)
    }

    /// A character's advance in hundredths of an em.
    private static func advance(_ scalar: Unicode.Scalar) -> Int {
        if (32..<127).contains(scalar.value) { return ascii[Int(scalar.value) - 32] }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        case _ where ScriptMetrics.advance(scalar) != nil:
            return ScriptMetrics.advance(scalar) ?? 0
        case .uppercaseLetter, .titlecaseLetter: return 76
        case .lowercaseLetter: return 62
        default: return scalar.value >= 0x1100 ? 100 : 65
        }
    }

    /// The advances of U+0020 to U+007E, read from the font's `hmtx` table (Inter 4.0).
    private static let ascii = [
        22, 34, 39, 66, 66, 88, 69, 20, 42, 42, 59, 69, 31, 47, 31, 40, 71, 50, 64, 67, 69, 66, 67,
        60, 68, 67, 31, 31, 69, 69, 69, 58, 106, 77, 66, 76, 73, 62, 58, 77, 75, 29, 58, 70, 57, 92,
        73, 79, 65, 79, 66, 66, 68, 73, 77, 106, 74, 74, 68, 42, 40, 42, 49, 48, 50, 59, 64, 60, 64,
        60, 39, 64, 64, 28, 28, 59, 28, 93, 63, 62, 64, 64, 42, 57, 40, 64, 60, 86, 59, 60, 58, 42,
        39, 42, 69,
    ]

    /// Words broken into lines of at most `width` pixels that, `pitch` times their size apart,
    /// are at most `height` pixels high, at the largest size from `largest` down to `smallest` at
    /// which that works. At the smallest, what still does not fit is cut off with an ellipsis.
    static func fitted(
        _ text: String, width: Double, height: Double, pitch: Double, largest: Double,
        smallest: Double
    ) -> (size: Double, lines: [String]) {
        var size = largest
        while size > smallest {
            let broken = broken(text, width: width, size: size)
            // Four lines only when three would have to be small.
            if broken.count <= (size > 0.6 * largest ? 3 : 4),
                Double(broken.count) * pitch * size <= height,
                broken.allSatisfy({ Self.width($0, size: size) <= width })
            {
                return (size, balanced(text, broken, width: width, size: size))
            }
            size -= 4
        }
        let most = max(1, Int(height / (pitch * smallest)))
        var kept = broken(text, width: width, size: smallest)
        if kept.count > most {
            kept = Array(kept.prefix(most))
            kept[most - 1] += "…"
        }
        let cut = kept.map { line in
            var line = line
            while line.count > 1, Self.width(line, size: smallest) > width {
                line = line.dropLast(line.hasSuffix("…") ? 2 : 1) + "…"
            }
            return line
        }
        return (smallest, cut)
    }

    /// As many lines as there are, of about the same width: no word is left over on the last.
    private static func balanced(
        _ text: String, _ lines: [String], width: Double, size: Double
    ) -> [String] {
        for part in stride(from: 0.3, to: 1, by: 0.05) {
            let narrower = broken(text, width: part * width, size: size)
            if narrower.count == lines.count,
                narrower.allSatisfy({ Self.width($0, size: size) <= part * width })
            {
                return narrower
            }
        }
        return lines
    }

    /// Words into as few lines as their width allows. A script without blanks is broken
    /// anywhere, a very long word with a hyphen.
    private static func broken(_ text: String, width: Double, size: Double) -> [String] {
        var lines: [String] = []
        for word in WordTiming.words(text) {
            let blank = word.joined ? "" : " "
            if let last = lines.last, Self.width(last + blank + word.text, size: size) <= width {
                lines[lines.count - 1] += blank + word.text
            } else {
                let isSpaced = word.text.unicodeScalars.first.map { !Language.isUnspaced($0) }
                let follows = lines.last?.last.map { $0.isLetter || $0.isNumber } ?? false
                if word.joined, follows, isSpaced == true { lines[lines.count - 1] += "-" }
                lines.append(word.text)
            }
        }
        return lines
    }
}
