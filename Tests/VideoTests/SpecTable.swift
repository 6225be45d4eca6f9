import Testing

/// Job specs and what is to be said of each.
enum SpecTable {
    struct Bad: Sendable, CustomTestStringConvertible {
        let text: String
        let path: String
        let reason: String

        init(_ text: String, _ path: String, _ reason: String) {
            self.text = text
            self.path = path
            self.reason = reason
        }

        var testDescription: String { String(text.prefix(100)) }
    }

    /// A spec with a topic and one more field.
    static func spec(_ field: String, _ value: String) -> String {
        field == "topic" ? "{\"topic\": \(value)}" : "{\"topic\": \"T\", \"\(field)\": \(value)}"
    }

    private static func bad(_ field: String, _ value: String, _ reason: String) -> Bad {
        Bad(spec(field, value), "$.\(field)", reason)
    }

    static let good: [String] = [
        #"{"topic": "T"}"#,
        #"{"topic": "Ünïcödé 𝄞 “quotes” \ud83d\ude00"}"#,
        #"{"topic": " padded "}"#,
        #"{"topic": "two\nlines\tand a tab"}"#,
        #"{"topic": "T", "hook": "H", "call_to_action": "C", "script": "S"}"#,
        #"{"topic": "T", "hook": "H", "call_to_action": "C", "key_points": ["K"]}"#,
        #"{"topic": "T", "script": [{"narration": "N"}, "N", {"narration": "N", "heading": "H"}]}"#,
        #"{"topic": "T", "duration": 5}"#, #"{"topic": "T", "duration": 1.8e2}"#,
        #"{"topic": "T", "priority": 1e1}"#, #"{"topic": "T", "priority": -100.0}"#,
        #"{"topic": "T", "language": "zh-Hant-TW"}"#,
        #"{"topic": "T", "voice": "en_US-amy.medium+f3"}"#,
        #"{"topic": "T", "not_before": "2028-02-29t23:59:60.25z"}"#,
        #"{"topic": "T", "not_before": "2026-11-23 00:00:00-23:59"}"#,
        #"{"topic": "T", "not_before": "2026-11-23 00:00"}"#,
        #"{"topic": "T", "not_before": "2026-11-23T00:00:59", "preset": "science-2_a"}"#,
        #"{"topic": "T", "music": "/srv/music/..hidden/a..b"}"#,
        #"{"topic": "T", "id": "Ünïcödé / 7"}"#,
        #"{"topic": "T", "variants": ["square", "youtube"]}"#,
        #"{"topic": "T", "orientation": "landscape", "resolution": "2560x1440"}"#,
        #"{"topic": "T", "resolution": "240x240", "transition": "wipe", "fit": "contain"}"#,
        #"{"topic": "T", "images": ["/a/b.png"], "script": [{"narration": "N", "image": "/c.jpg"}]}"#,
        #"{"topic": "T", "labels": {}}"#, #"{"topic": "T", "labels": {"é a": " "}}"#,
        #"{"topic": "T", "platform": "square", "captions": "none", "pipeline": "a_b-3"}"#,
    ]

    static let bad: [Bad] = [
        Bad("[]", "$", "must be an object"), Bad("null", "$", "must be an object, not null"),
        Bad("{}", "$", "the field 'topic' is missing"),
        Bad(#"{"topik": "T"}"#, "$", "is 'topik' meant to be it?"),
        bad("topic", "null", "must not be null"), bad("topic", "7", "must be a string, not 7"),
        bad("topic", "\"\"", "must have 1 to 500 characters, not 0"),
        bad("topic", "\" \\n\\u00a0\\ufeff\"", "must not be blank"),
        bad("topic", "\"a\\r\\nb\"", "control character \\r"),
        bad("topic", "\"a\\u0000\"", "control character"),
        bad("topic", "\"\\u0085x\"", "control character"),
        bad("topic", "\"" + String(repeating: "é", count: 501) + "\"", "not 501"),
        bad("platform", "\"tik_tok\"", "did you mean 'tiktok'?"),
        bad("platform", "\"youtube-shorts\"", "did you mean 'youtube_shorts'?"),
        bad("platform", "1", "must be one of tiktok, instagram"),
        bad("duration", "4.9", "must be a number from 5 to 180, not 4.9"),
        bad("duration", "\"30\"", "not \"30\""), bad("duration", "true", "not true"),
        bad("category", "\" \"", "must not be blank"),
        bad("language", "\"english\"", "language tag"),
        bad("language", "\"en_US\"", "language tag"),
        bad("script", "\"\"", "must have 1 to 20000 characters"),
        bad("script", "[]", "must have 1 to 60 elements, not 0"),
        bad("script", "{}", "or an array of scenes"),
        Bad(spec("script", "[\"a\", 1]"), "$.script[1]", "or an object with 'narration'"),
        Bad(spec("script", "[{}]"), "$.script[0]", "'narration' is missing"),
        Bad(spec("script", "[{\"narration\": \"\"}]"), "$.script[0].narration", "not 0"),
        Bad(
            spec("script", "[{\"narration\": \"a\", \"heading\": null}]"), "$.script[0].heading",
            "null"),
        Bad(
            spec("script", "[{\"naration\": \"a\", \"narration\": \"b\"}]"), "$.script[0].naration",
            "unknown field 'naration'"),
        Bad(
            #"{"topic": "T", "key_points": ["a"], "script": "S"}"#, "$.key_points",
            "script and key_points are both given"),
        bad("key_points", "[]", "must have 1 to 40 elements"),
        bad("key_points", "\"a\"", "an array"),
        Bad(spec("key_points", "[\"a\", \"\"]"), "$.key_points[1]", "must have 1 to 500"),
        bad("hook", "\"\"", "must have"), bad("tone", "[]", "a string"),
        bad("voice", "\"-v\"", "name of a voice"), bad("voice", "\"../x\"", "name of a voice"),
        bad("voice", "\"slt\\n\"", "name of a voice"), bad("voice", "\"\"", "name of a voice"),
        bad("palette", "[\"#ffffff\"]", "2 to 5 elements"),
        Bad(spec("palette", "[\"#ffffff\", \"#fff\"]"), "$.palette[1]", "a colour"),
        bad("variants", "[]", "must have 1 to 5 elements"),
        bad("variants", "\"square\"", "an array"),
        Bad(spec("variants", "[\"square\", \"reel\"]"), "$.variants[1]", "must be one of"),
        bad("variants", "[\"square\", \"square\"]", "named twice"),
        bad("orientation", "\"upright\"", "must be one of portrait, landscape, square"),
        bad("resolution", "\"1080\"", "a size in pixels"),
        bad("resolution", "\"1080x1921\"", "an even number of 240 to 2560"),
        bad("resolution", "\"238x400\"", "an even number"),
        bad("resolution", "\"2562x2000\"", "an even number"),
        bad("resolution", "\"0480x0480\"", "a size in pixels"),
        bad("resolution", "\"480x480x480\"", "a size in pixels"),
        bad("resolution", "\"480x480\\n\"", "a size in pixels"),
        bad("resolution", "480", "a string"),
        bad("transition", "\"fad\"", "did you mean 'fade'?"), bad("fit", "\"\"", "one of cover"),
        bad("images", "[]", "must have 1 to 60 elements"), bad("images", "\"/a\"", "an array"),
        Bad(spec("images", "[\"/a\", \"b\"]"), "$.images[1]", "absolute path"),
        Bad(spec("images", "[\"/a/../b\"]"), "$.images[0]", "'..'"),
        Bad(
            spec("script", "[{\"narration\": \"a\", \"image\": \"b\"}]"), "$.script[0].image",
            "absolute path"),
        bad("captions", "\"lines\"", "did you mean 'line'?"),
        bad("captions", "true", "one of karaoke, line, none"),
        bad("music", "\"a.ogg\"", "\"ambient\" or an absolute path"),
        bad("music", "\"Ambient\"", "or an absolute path"), bad("music", "\"/a/../b\"", "'..'"),
        bad("music", "\"/a/..\"", "'..'"), bad("music", "\"/a\\u0000\"", "control characters"),
        bad("priority", "1.5", "an integer from -100 to 100"), bad("priority", "101", "not 101"),
        bad("not_before", "\"2026-11-23\"", "date and time"),
        bad("not_before", "\"2026-11-23T04:52:45.5\"", "date and time"),
        bad("not_before", "\"2026-11-23T04:52:60\"", "date and time"),
        bad("not_before", "\"2026-11-23T04\"", "date and time"),
        bad("not_before", "\"2026-11-23T04:52Z\"", "date and time"),
        bad("preset", "\"Science\"", "name of a preset"),
        bad("preset", "\"../x\"", "name of a preset"), bad("preset", "null", "must not be null"),
        bad("not_before", "0", "a string"),
        bad("labels", "[]", "an object"),
        Bad(spec("labels", "{\"a\": 1}"), "$.labels.a", "a string"),
        Bad(spec("labels", "{\"\": \"a\"}"), "$.labels[\"\"]", "1 to 64 characters, not 0"),
        Bad(spec("labels", "{\"a\\n\": \"a\"}"), "$.labels[\"a\\n\"]", "control characters"),
        bad("id", "\"\"", "must have 1 to 128"), bad("id", "\" \"", "must not be blank"),
        bad("id", "\"a\\nb\"", "control characters"), bad("id", "7", "a string"),
        bad("pipeline", "\"Video\"", "name of a pipeline"),
        bad("pipeline", "\"\"", "name of a pipeline"),
        bad("durations", "5", "did you mean 'duration'?"),
        bad("keyPoints", "[]", "did you mean 'key_points'?"),
        bad("$schema", "\"x\"", "unknown field").at("$[\"$schema\"]"),
    ]

    /// What is refused although a validator of JSON Schema lets it pass: it sees neither the text
    /// nor the calendar.
    static let beyondTheSchema: [Bad] = [
        Bad(#"{"topic": "T", "topic": "T"}"#, "$.topic", "given twice"),
        Bad(
            spec("labels", "{\"\u{E9}\": \"a\", \"e\u{301}\": \"b\"}"), "$.labels[\"e\u{301}\"]",
            "given twice"),
        bad("topic", "\"a\\ud800\"", "surrogate"),
        bad("duration", "NaN", "NaN"),
        bad("variants", "[\"tiktok\"]", "named twice"),
        bad("resolution", "\"240x960\"", "more than 3 times"),
        Bad(
            #"{"topic": "T", "orientation": "square", "resolution": "480x640"}"#, "$.resolution",
            "it is not square"),
        bad("not_before", "\"2026-02-30T00:00:00Z\"", "date and time"),
        bad("not_before", "\"2027-02-29T00:00:00Z\"", "date and time"),
        bad("not_before", "\"2026-04-31T00:00:00Z\"", "date and time"),
        bad("music", "\"/" + String(repeating: "é", count: 2048) + "\"", "at most 4095 bytes"),
    ]
}

extension SpecTable.Bad {
    fileprivate func at(_ path: String) -> Self { Self(text, path, reason) }
}
