import Core
import Pipeline

/// Makes a scene's narration: text in a file, sound out.
enum Narration {
    /// Where the narration of the `index`-th scene, counted from 0, is kept.
    static func place(_ index: Int) -> String { "audio/scene_\(number(index)).wav" }

    /// The providers for a text, in order. flite is left out for text it cannot read.
    static func providers(
        _ text: String, index: Int, voices: [Voice], settings: VideoSettings
    ) -> [Provider] {
        var providers: [Provider] = []
        for voice in voices {
            switch voice {
            case .flite(let name):
                guard let ascii = asciiFolded(text) else { continue }
                providers.append(
                    provider("flite", ascii, index: index) {
                        ToolInvocation(
                            settings.flite, ["-voice", name, "-f", "text.txt", "-o", "speech.wav"])
                    })
            case .espeak(let name):
                // `[[` would start espeak-ng's own phoneme notation.
                let plain = text.replacing("[", with: "(").replacing("]", with: ")")
                providers.append(
                    provider("espeak-ng", plain, index: index) {
                        ToolInvocation(
                            settings.espeak,
                            [
                                "-b", "1", "-v", name, "-s", String(settings.speakingRate),
                                "-f", "text.txt", "-w", "speech.wav",
                            ])
                    })
            }
        }
        return providers
    }

    private static func provider(
        _ name: String, _ text: String, index: Int, tool: @escaping @Sendable () -> ToolInvocation
    ) -> Provider {
        Provider(name) { _ throws(Failure) in
            Production(
                files: ["text.txt": Array((text + "\n").utf8)], tools: [tool()],
                outputs: .files([.init("speech.wav", as: place(index))]),
                check: { work throws(Failure) in
                    _ = try measured(try work.read("speech.wav", limit: limit), "speech.wav")
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

    /// `text` in ASCII, which is all flite reads; nil if a letter has no near relation there.
    static func asciiFolded(_ text: String) -> String? {
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
        return PlainText.isSpeakable(result) ? result : nil
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
