import Core

/// What is spoken, and which of espeak-ng's voices speaks it.
enum Language {
    /// The language without region or script: `pt` of `pt-BR`.
    static func primary(of tag: String) -> String {
        tag.lowercased().split(whereSeparator: { $0 == "-" || $0 == "_" }).first.map(String.init)
            ?? ""
    }

    /// The espeak-ng voice for a BCP 47 tag: the exact one if there is one, else the language's.
    static func espeakVoice(for tag: String) -> String? {
        let lower = tag.lowercased().replacing("_", with: "-")
        let parts = lower.split(separator: "-").map(String.init)
        guard let language = parts.first else { return nil }
        for count in stride(from: parts.count, through: 2, by: -1) {
            let candidate = parts.prefix(count).joined(separator: "-")
            if let other = synonyms[candidate] { return other }
            if let voice = espeakVoices.first(where: { $0 == candidate }) { return voice }
        }
        return synonyms[language] ?? espeakVoices.first { $0 == language }
    }

    /// Whether it is written from right to left.
    static func isRightToLeft(_ tag: String) -> Bool {
        ["ar", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"].contains(primary(of: tag))
    }

    /// Written without blanks between words.
    static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // CJK ideographs and kana; Thai, Lao, Khmer, Burmese.
        case 0x2E80...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: true
        case 0xFF00...0xFF9F: true
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
        default: false
        }
    }

    /// Tags whose voice has another name in espeak-ng.
    private static let synonyms = [
        "en": "en-us", "fr": "fr-fr", "fr-ca": "fr-fr", "zh": "cmn", "zh-hk": "yue",
        "zh-yue": "yue", "no": "nb", "nn": "nb", "iw": "he", "in": "id", "vi": "vi",
        "es-mx": "es-419", "es-ar": "es-419", "es-co": "es-419", "es-cl": "es-419",
        "es-us": "es-419", "en-au": "en-gb", "en-nz": "en-gb", "en-ie": "en-gb", "hy": "hy",
    ]

    /// The languages of espeak-ng 1.51, as `espeak-ng --voices` lists them.
    static let espeakVoices: [String] = """
        af am an ar as az ba be bg bn bpy bs ca cmn cs cv cy da de el en-029 en-gb \
        en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-gb-x-rp en-us en-us-nyc eo es es-419 et eu \
        fa fa-latn fi fr-be fr-ch fr-fr ga gd gn grc gu hak haw he hi hr ht hu hy hyw ia id io is \
        it ja ka kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk ml mr ms mt my nb nci ne nl nog \
        om or pa pap pl pt pt-br py qu quc ro ru ru-lv sd shn si sk sl smj sq sr sv sw ta te th tk \
        tn tr tt ug uk ur uz vi vi-vn-x-central vi-vn-x-south yue
        """.split(whereSeparator: \.isWhitespace).map(String.init)
}
