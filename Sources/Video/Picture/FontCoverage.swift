import Core
import Pipeline

/// Which characters the fonts of this machine have, for texts that need more than Inter.
struct FontCoverage: Hashable, Sendable {
    /// Where the outcome of the `fonts` step is kept.
    static let place = "metadata/fonts.txt"

    private var ranges: [ClosedRange<UInt32>] = []

    /// Reads what `fc-list` prints of the fonts' `charset`s: hexadecimal ranges, a line a font.
    init(_ bytes: [UInt8]) {
        var seen: Set<Substring> = []
        let text = String(decoding: bytes, as: UTF8.self)
        for word in text.split(whereSeparator: \.isWhitespace) where seen.insert(word).inserted {
            let ends = word.split(separator: "-").map { UInt32($0, radix: 16) }
            guard let first = ends.first, let last = ends.last, let first, let last, first <= last
            else { continue }
            ranges.append(first...last)
        }
    }

    /// Whether nothing is known.
    var isEmpty: Bool { ranges.isEmpty }

    /// The characters of `text` that no font has, each once. The joiners need none.
    func missing(_ text: String) -> [Unicode.Scalar] {
        var found: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars
        where Self.isUnusual(scalar) && scalar.properties.generalCategory != .format
            && !found.contains(scalar) && !ranges.contains(where: { $0.contains(scalar.value) })
        {
            found.append(scalar)
        }
        return found
    }

    /// Whether a font has to be looked for: it is beyond the Latin letters and the marks that
    /// Inter has, whose presence is taken for granted.
    static func isUnusual(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x17F, 0x2010...0x2027, 0x2032...0x203A, 0x20AC, 0x2122: false
        default: !scalar.properties.isWhitespace
        }
    }

    /// All that a video draws of a job, but for the captions' capitals.
    static func drawn(_ script: Script, _ brief: Brief) -> String {
        ([brief.topic, brief.category ?? ""] + script.scenes.flatMap { [$0.heading, $0.narration] })
            .map { PlainText.clean($0) }.joined(separator: " ")
    }

    /// Whether a job has characters that a font has to be looked for.
    static func isNeeded(_ script: Script, _ brief: Brief) -> Bool {
        drawn(script, brief).unicodeScalars.contains(where: isUnusual)
    }

    fileprivate static let outputs = Production.Outputs.files([.init("fonts.txt", as: place)])

    /// `text` without these characters.
    static func without(_ missing: [Unicode.Scalar], _ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { !missing.contains($0) }))
    }

    /// The sentence for the receipt; nil if nothing is missing.
    static func degradation(_ missing: [Unicode.Scalar]) -> String? {
        guard !missing.isEmpty else { return nil }
        return "No font here has these characters, so they are not drawn: "
            + PlainText.named(missing) + "."
    }
}

extension VideoProvider {
    /// What fontconfig knows.
    static let fontconfig = VideoProvider(
        "fontconfig", .fonts,
        programs: { [$0.fontList] }
    ) { request in
        let settings = request.settings
        return Provider(
            "fontconfig", machine: [.ourselves, .program(settings.fontList), settings.fonts]
        ) { _ throws(Failure) in
            Production(
                tools: [
                    ToolInvocation(
                        settings.fontList, ["--format", "%{charset}\\n"],
                        standardOutput: .file("fonts.txt"))
                ], outputs: FontCoverage.outputs,
                check: { work throws(Failure) in
                    let coverage = FontCoverage(try work.read("fonts.txt", limit: 1 << 26))
                    if coverage.isEmpty {
                        throw Failure(
                            .unavailable, code: "no_fonts", operation: "list",
                            subject: "the fonts", cause: "fontconfig knows none",
                            hint: "Install fonts-inter and fonts-noto-core")
                    }
                })
        }
    }

    /// Nobody looks, and the receipt says so.
    static let uncheckedFonts = VideoProvider(
        "unchecked", .fonts
    ) { _ in
        Provider("unchecked", machine: [.ourselves]) { _ throws(Failure) in
            Production(
                files: ["fonts.txt": []], outputs: FontCoverage.outputs,
                degradations: ["Whether a font has all characters could not be checked."])
        }
    }
}
