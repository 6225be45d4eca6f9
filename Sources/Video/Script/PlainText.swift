/// Text made fit to be spoken and drawn: one line, no pictographs, no invisible characters.
enum PlainText {
    /// `text` without what cannot be spoken or drawn: control and format characters, pictographs,
    /// private and unassigned code points, and more than four combining marks on a letter. Runs
    /// of white space become one blank.
    static func clean(_ text: some StringProtocol) -> String {
        var result = String.UnicodeScalarView()
        var marks = 0
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator:
                if let last = result.last, last != " " { result.append(" ") }
            case .format:
                // The joiners shape Indic and Arabic letters; anywhere else they only hide.
                guard scalar == "\u{200C}" || scalar == "\u{200D}",
                    let last = result.last, last.properties.isAlphabetic || marks > 0
                else { continue }
                result.append(scalar)
            case .nonspacingMark, .spacingMark, .enclosingMark:
                guard !(0xFE00...0xFE0F).contains(scalar.value), scalar.value != 0x20E3,
                    scalar.value < 0xE0000, let last = result.last, last != " "
                else { continue }
                marks += 1
                if marks <= 4 { result.append(scalar) }
                continue
            default:
                if isPictograph(scalar) { continue }
                result.append(scalar)
            }
            marks = 0
        }
        if result.last == " " { result.removeLast() }
        return String(result)
    }

    /// Whether it is a picture, or a code point that means nothing to others.
    private static func isPictograph(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .otherSymbol: scalar.value >= 0x2190
        case .modifierSymbol: scalar.value > 0xFFFF
        case .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }

    /// The visible characters that `clean` leaves out, each once.
    static func leftOut(_ text: String) -> [Unicode.Scalar] {
        var found: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars where isPictograph(scalar) && !found.contains(scalar) {
            found.append(scalar)
        }
        return found
    }

    /// Characters as a sentence names them: `é (U+00E9), …`, twenty at most.
    static func named(_ scalars: [Unicode.Scalar]) -> String {
        let shown = scalars.prefix(20).map {
            let code = String($0.value, radix: 16, uppercase: true)
            return "\($0) (U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code))"
        }
        let more = scalars.count > 20 ? ", and \(scalars.count - 20) more" : ""
        return shown.joined(separator: ", ") + more
    }

    /// Whether there is anything in it to speak: a letter or a digit.
    static func isSpeakable(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.contains {
            $0.properties.isAlphabetic || $0.properties.numericType != nil
        }
    }

    /// `text` with every web address in it cut down to its host, which is all of it that can be
    /// said aloud.
    static func withHosts(_ text: String) -> String {
        words(text).map { word in
            guard let scheme = word.firstRange(of: "://") else { return word }
            let host = word[scheme.upperBound...].prefix { !"/?#:".contains($0) }
            guard host.contains("."), let last = word.last else { return word }
            let name = host.hasPrefix("www.") ? host.dropFirst(4) : host
            return name + (",.;:!?".contains(last) && name.last != last ? String(last) : "")
        }.joined(separator: " ")
    }

    /// Its words, as white space divides them.
    static func words(_ text: some StringProtocol) -> [String] {
        text.split { $0.isWhitespace }.map { String($0) }
    }

    /// Its sentences, each clean and with something to speak.
    ///
    /// A line's end ends a sentence. So do a full stop and its kind before a blank, unless a
    /// lower-case letter follows or the stop belongs to a single letter, as in initials.
    static func sentences(_ text: String) -> [String] {
        var found: [String] = []
        for line in text.split(whereSeparator: { $0.isNewline }) {
            var sentence = ""
            let characters = Array(clean(line))
            for (index, character) in characters.enumerated() {
                sentence.append(character)
                let next = index + 1 < characters.count ? characters[index + 1] : " "
                let ends: Bool
                if "。！？".contains(character) {
                    ends = !"」』”’。！？".contains(next)
                } else if ".!?…؟।".contains(character), next == " " {
                    let after = index + 2 < characters.count ? characters[index + 2] : "A"
                    let initial =
                        character == "." && index >= 1 && characters[index - 1].isUppercase
                        && (index < 2 || characters[index - 2] == " ")
                    ends = !after.isLowercase && !initial
                } else {
                    ends = false
                }
                if ends {
                    found.append(clean(sentence))
                    sentence = ""
                }
            }
            found.append(clean(sentence))
        }
        return found.filter { isSpeakable($0) }
    }

    /// `text` cut to at most `limit` characters at a word's end, with an ellipsis if cut.
    static func shortened(_ text: String, to limit: Int) -> String {
        guard text.count > limit else { return text }
        var kept = ""
        for word in words(text) {
            if kept.count + word.count + 2 > limit { break }
            kept += kept.isEmpty ? word : " " + word
        }
        return (kept.isEmpty ? String(text.prefix(limit - 1)) : kept) + "…"
    }

    /// In capitals, as the language has them.
    static func capitals(_ text: String, language: String) -> String {
        switch Language.primary(of: language) {
        case "tr", "az": text.map { $0 == "i" ? "İ" : String($0) }.joined().uppercased()
        case "el": String(text.uppercased().map { greekWithoutAccent[$0] ?? $0 })
        default: text.uppercased()
        }
    }

    /// Greek capitals are written without the accent.
    private static let greekWithoutAccent: [Character: Character] = [
        "Ά": "Α", "Έ": "Ε", "Ή": "Η", "Ί": "Ι", "Ό": "Ο", "Ύ": "Υ", "Ώ": "Ω", "Ϊ́": "Ϊ", "Ϋ́": "Ϋ",
    ]
}
