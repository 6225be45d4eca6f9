/// How long a text takes to speak, before anyone has spoken it.
///
/// Fitted to the templates as flite's `slt` (about 165 English words a minute, pauses included)
/// and espeak-ng 1.51 at 165 speak them: seventeen letters a second, digits read out as words, and
/// a pause at a comma or a stop. No single sentence took more than 1.12 times its estimate.
enum SpeechRate {
    /// How long the voice of a language takes, relative to what its letters suggest: French does
    /// not speak many of those it writes.
    private static let pace = ["en": 0.9, "de": 0.91, "es": 0.925, "fr": 0.78]

    /// The estimated length in seconds.
    static func seconds(_ text: String, _ language: String) -> Double {
        var seconds = 0.0
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .decimalNumber: seconds += 0.25
            case .otherNumber, .letterNumber: seconds += 0.4
            case .otherLetter where Language.isUnspaced(scalar): seconds += 0.2
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter,
                .modifierLetter:
                seconds += 0.066
            case .currencySymbol, .mathSymbol: seconds += 0.4
            default: seconds += pause(at: scalar)
            }
        }
        return (seconds + 0.1) * (pace[Language.primary(of: language)] ?? 0.95)
    }

    /// How much longer the pause at a mark is than that at a blank, in seconds.
    private static func pause(at scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case ",", ";", ":", "，", "、", "،": 0.2
        case ".", "!", "?", "。", "！", "？", "؟", "।", "…": 0.35
        case " ": 0.012
        case "%", "&", "@", "#": 0.4
        default: 0
        }
    }
}
