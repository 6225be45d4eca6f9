import Core
import Pipeline

/// Makes a scene's narration: text in a file, sound out.
enum Narration {
    /// Where the narration of the `index`-th scene, counted from 0, is kept.
    static func place(_ index: Int) -> String { "audio/scene_\(number(index)).wav" }

    /// Speaks by `tool`, which has its voice from the files of `data` and tells when each word is spoken, if
    /// `isTimed`.
    static func provider(
        _ name: String, _ words: [String], index: Int, isTimed: Bool, _ tool: ToolInvocation,
        data: [MachinePart] = []
    ) -> Provider {
        Provider(name, machine: [.ourselves, .program(tool.program)] + data) { _ throws(Failure) in
            let text = words.joined(separator: isTimed ? "\n" : " ") + "\n"
            var files = [isTimed ? "words.txt" : "text.txt": Array(text.utf8)]
            if !isTimed { files["times.txt"] = [] }
            return Production(
                files: files, tools: [tool],
                outputs: .files([
                    .init("speech.wav", as: place(index)),
                    .init("times.txt", as: SpokenTimes.place(index)),
                ]), reuse: .whenSame,
                check: { work throws(Failure) in
                    _ = try measured(try work.read("speech.wav", limit: limit), "speech.wav")
                    _ = try SpokenTimes(try work.read("times.txt", limit: 1 << 20), "times.txt")
                })
        }
    }

    /// The most bytes a narration may have: ten minutes at 48 kHz.
    static let limit = 600 * 48_000 * 2

    /// Measures a recording; fails if nothing is heard in it.
    static func measured(_ bytes: [UInt8], _ name: String) throws(Failure) -> SpeechMeasure {
        func failure(_ cause: String) -> Failure {
            Failure(
                .permanent, code: "bad_narration", operation: "use the narration", subject: name,
                cause: cause, hint: "Look at the step's log for what the voice said")
        }
        guard let wave = WaveFile(bytes) else { throw failure("it is not 16-bit PCM WAVE") }
        guard let speech = SpeechMeasure(wave), wave.peak > 300, speech.seconds >= 0.05 else {
            throw failure("it is silent")
        }
        return speech
    }

    /// The words of a text in ASCII, one for each; nil as in `asciiFolded`.
    static func asciiWords(_ text: String) -> [String]? {
        guard asciiFolded(text) != nil else { return nil }
        return PlainText.words(text).map { word in
            PlainText.words(folded(word) ?? "").joined(separator: " ")
        }
    }

    /// `text` in ASCII, which is all flite reads; nil if a letter has no near relation there.
    static func asciiFolded(_ text: String) -> String? {
        guard let result = folded(text), PlainText.isSpeakable(result) else { return nil }
        return result
    }

    private static func folded(_ text: String) -> String? {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                result.unicodeScalars.append(scalar)
            } else if let plain = folds[scalar] {
                result += plain
            } else if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                return nil
            } else {
                result += " "
            }
        }
        return result
    }

    private static let folds: [Unicode.Scalar: String] = {
        var table: [Unicode.Scalar: String] = [
            "’": "'", "‘": "'", "“": "\"", "”": "\"", "–": ", ", "—": ", ", "…": "...",
            "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O",
            "€": " euro ", "£": " pound ", "°": " degrees ", "×": " times ",
        ]
        let letters = [
            "a": "àáâãäåāă", "c": "çćč", "e": "èéêëēėę", "i": "ìíîïī", "n": "ñńň",
            "o": "òóôõöō", "s": "śšş", "u": "ùúûüū", "y": "ýÿ", "z": "žźż", "l": "ł",
        ]
        for (plain, accented) in letters {
            for scalar in accented.unicodeScalars {
                table[scalar] = plain
                for upper in scalar.properties.uppercaseMapping.unicodeScalars {
                    table[upper] = plain.uppercased()
                }
            }
        }
        return table
    }()

    /// `03` for the scene at index 2.
    static func number(_ index: Int) -> String { index < 9 ? "0\(index + 1)" : "\(index + 1)" }
}
