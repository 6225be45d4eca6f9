import Core
import Video

/// What has to hold whatever bytes somebody drops: shared by the fuzzer and the test that mutates
/// job specs.
public enum SpecFuzzing {
    /// Specs with every field, to start from.
    public static let corpus: [[UInt8]] = [
        #"""
        {"topic": "Caf\u00e9 \uD834\uDD1E “x” 𝄞", "platform": "youtube_shorts", "duration": 45.5,
         "category": "Cooking", "language": "pt-BR", "key_points": ["Boil", "Pour"], "hook": "Tea!",
         "call_to_action": "Sip.", "tone": "calm", "audience": "all", "voice": "en-gb",
         "palette": ["#0b3d91", "#87CEEB"], "captions": "line", "music": "/srv/a b.ogg",
         "priority": -7, "not_before": "2026-11-23T05:52:45.125+01:00",
         "labels": {"campaign": "spring", "empty": ""}, "pipeline": "copy-2"}
        """#,
        #"""
        {"topic": "Moon", "script": [{"heading": "Twice a day", "narration": "The sea comes in."},
         {"narration": "And goes out again."}]}
        """#,
        #"{"topic": "Why", "script": "One. Two! Three?"}"#,
        #"{"topic":"x","duration":1e2,"priority":1.0,"labels":{}}"#,
    ].map { Array($0.utf8) }

    /// What a mutation puts in.
    private static let words: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\uD834", "\\uDD1E", "\\u0000",
            "null",
            "true", "-0", "1e999", "1e-999", "9223372036854775808", "0.1e+308", "\u{FEFF}", "\0",
            "\r\n", "\u{301}", "\u{1F468}\u{200D}\u{1F469}", "\"topic\":\"a\",", "\"script\":[",
            "é",
            "-", "T24:60:60Z", "0000-00-00", "/../", "'", "//", "/*",
        ].map { Array($0.utf8) } + [
            [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90], [0xFF],
        ]

    /// One of the specs with some changes.
    public static func mutant(
        using random: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var bytes = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 0...8, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 2: bytes.removeSubrange(start...)
            case 3 where start < bytes.count:
                bytes[start] = UInt8.random(in: .min ... .max, using: &random)
            default:
                bytes.replaceSubrange(start..<end, with: words.randomElement(using: &random) ?? [])
            }
        }
        return bytes
    }

    /// Reads `bytes` as a spec and as JSON5, as a configuration is. Returns what is wrong with the
    /// answers, as a sentence; nil if nothing is. That it returns at all is most of the promise.
    public static func examine(_ bytes: [UInt8]) -> String? {
        let lines = bytes.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } + 1
        do throws(JSONError) {
            let brief = try Brief(decoding: bytes)
            if (try? Brief(decoding: bytes)) != brief { return "the same bytes gave two briefs" }
            if brief.topic.isEmpty { return "the topic is empty" }
            // What JSON takes, JSON5 takes.
            _ = try JSONNode(parsing: bytes, dialect: .json5)
        } catch {
            if let fault = fault(error, lines: lines) { return fault }
        }
        do throws(JSONError) { _ = try JSONNode(parsing: bytes, dialect: .json5) } catch {
            // U+2028 and U+2029 end lines in JSON5.
            return fault(error, lines: bytes.count + 1)
        }
        return nil
    }

    private static func fault(_ error: JSONError, lines: Int) -> String? {
        if !(1...lines).contains(error.line) || error.column < 1 {
            return "\(error) is outside of the text"
        }
        // It goes into a receipt and a log.
        let text = "\(error) \(error.hint ?? "")"
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        return isPlain ? nil : "the error has control characters: \(text.debugDescription)"
    }
}
