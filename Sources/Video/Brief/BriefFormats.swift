import Core
import Linux

/// The formats of single fields. Each is a `pattern` in `Config/job.schema.json`, written there
/// the way both ECMAScript and Python read it.
extension JSONField {
    /// Text that is not only blanks.
    func text(_ length: ClosedRange<Int>) throws(JSONError) -> String {
        let text = try plainText(length)
        // U+FEFF: a blank to ECMAScript, and to nobody's eye anything else.
        guard
            text.unicodeScalars.contains(where: { !$0.properties.isWhitespace && $0 != "\u{FEFF}" })
        else { throw error("must not be blank") }
        return text
    }

    /// Text without control characters, but for line breaks and tabs: it is spoken, drawn and
    /// written into subtitles, where they do harm.
    func plainText(_ length: ClosedRange<Int>) throws(JSONError) -> String {
        let text = try string(length: length)
        let bad = text.unicodeScalars.first { $0.isControl && $0 != "\n" && $0 != "\t" }
        if let bad {
            throw error(
                "must not contain the control character \(bad.escaped(asASCII: true))",
                hint: "Line breaks (\\n) and tabs (\\t) are the only ones allowed")
        }
        return text
    }

    /// A language as a BCP 47 tag, without checking that there is such a language.
    func languageTag() throws(JSONError) -> String {
        let tag = try string()
        let parts = tag.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard BriefLimits.language.contains(tag.utf8.count),
            let first = parts.first, (2...3).contains(first.count), first.allSatisfy(\.isLetter),
            parts.dropFirst().allSatisfy({
                (2...8).contains($0.count) && $0.allSatisfy { $0.isLetter || $0.isDigit }
            })
        else { throw expected("a language tag like en, de or pt-BR") }
        return tag
    }

    /// A voice's name. It becomes an argument of a tool and part of a file's name, so it can be
    /// neither an option nor a path.
    func voiceName() throws(JSONError) -> String {
        let name = try string()
        guard (1...64).contains(name.utf8.count),
            let first = name.utf8.first, first.isLetter || first.isDigit,
            name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "_+.-".utf8.contains($0) })
        else {
            throw expected(
                "the name of a voice",
                hint: "Up to 64 letters, digits and _ + . - are allowed, a letter or digit first")
        }
        return name
    }

    /// A pipeline's name.
    func pipelineName() throws(JSONError) -> String {
        let name = try string()
        guard name.isSettingName else {
            throw expected(
                "the name of a pipeline",
                hint: "Up to 64 of a-z, 0-9, _ and - are allowed, a letter first")
        }
        return name
    }

    /// A colour, `#rrggbb`.
    func colour() throws(JSONError) -> String {
        let colour = try string()
        guard colour.utf8.count == 7, colour.utf8.first == UInt8(ascii: "#"),
            colour.utf8.dropFirst().allSatisfy(\.isHexadecimalDigit)
        else { throw expected("a colour like #1e90ff") }
        return colour
    }

    /// A size in pixels, `1080x1920`: even numbers, and no shape that nothing fits into.
    func resolution() throws(JSONError) -> PixelSize {
        let text = try string()
        let parts = text.utf8.split(separator: UInt8(ascii: "x"), omittingEmptySubsequences: false)
        let sides = parts.compactMap { part -> Int? in
            guard (3...4).contains(part.count), part.allSatisfy(\.isDigit), part.first != 0x30
            else { return nil }
            return Int(String(decoding: part, as: UTF8.self))
        }
        guard parts.count == 2, sides.count == 2 else {
            throw expected("a size in pixels like 1080x1920")
        }
        guard sides.allSatisfy({ BriefLimits.side.contains($0) && $0 % 2 == 0 }) else {
            throw error(
                "each side must be an even number of \(BriefLimits.side.lowerBound) to \(BriefLimits.side.upperBound) pixels"
            )
        }
        let (short, long) = (min(sides[0], sides[1]), max(sides[0], sides[1]))
        guard long <= BriefLimits.longestShape * short else {
            throw error(
                "one side must not be more than \(BriefLimits.longestShape) times the other")
        }
        return PixelSize(width: sides[0], height: sides[1])
    }

    /// The name of the built-in music, or a file.
    func music() throws(JSONError) -> Music {
        let name = try string()
        if name == Music.ambientName { return .ambient }
        guard name.utf8.first == UInt8(ascii: "/") else {
            throw expected(
                "\"\(Music.ambientName)\" or an absolute path", hint: "Begin a path with a /")
        }
        return .file(try absolutePath())
    }

    /// The absolute path of a file. Whether it may be read is for the daemon to say.
    func absolutePath() throws(JSONError) -> String {
        let path = try string()
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw expected("an absolute path", hint: "Begin it with a /")
        }
        guard BriefLimits.path.contains(path.utf8.count) else {
            throw error("must have at most \(BriefLimits.path.upperBound) bytes")
        }
        guard !path.unicodeScalars.contains(where: \.isControl) else {
            throw error("must not contain control characters")
        }
        guard
            !path.utf8.split(separator: UInt8(ascii: "/")).contains(where: {
                $0.elementsEqual("..".utf8)
            })
        else { throw error("must not contain '..'") }
        return path
    }

    /// An id of the owner's own: a line of text.
    func identity() throws(JSONError) -> String {
        let id = try text(BriefLimits.id)
        guard !id.unicodeScalars.contains(where: \.isControl) else {
            throw error("must not contain control characters")
        }
        return id
    }

    /// A date and time as seconds since 1970: of RFC 3339 with its offset, or without one in the time zone of
    /// this process.
    func moment() throws(JSONError) -> Int {
        let text = try string()
        guard
            let seconds = CivilTime.secondsSince1970(rfc3339: text)
                ?? CivilTime.secondsSince1970(local: text, offset: LocalZone.offset)
        else {
            throw expected(
                "a date and time like 2026-11-23T04:52:45+01:00, or 2026-11-23T04:52 in local time")
        }
        return seconds
    }

    /// The name of a preset: only a key to look up.
    func presetName() throws(JSONError) -> String {
        let name = try string()
        guard name.isSettingName else {
            throw expected(
                "the name of a preset",
                hint: "Up to 64 of a-z, 0-9, _ and - are allowed, a letter first")
        }
        return name
    }
}

extension String {
    /// Up to 64 of a-z, 0-9, `_` and `-`, a letter first: what a pipeline or a preset can be called.
    public var isSettingName: Bool {
        guard (1...64).contains(utf8.count), let first = utf8.first, first.isLowercase else {
            return false
        }
        return utf8.allSatisfy { $0.isLowercase || $0.isDigit || "_-".utf8.contains($0) }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isLowercase: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }

    fileprivate var isLetter: Bool { (self | 0x20).isLowercase }

    fileprivate var isHexadecimalDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }
}
