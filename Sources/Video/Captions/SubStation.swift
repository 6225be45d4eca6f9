/// A document in Advanced SubStation Alpha, the vector and text format libass draws.
struct SubStation: Sendable {
    /// A way text looks.
    struct Style: Hashable, Sendable {
        var name, font: String
        var size: Double
        var outline = 0.0
        var shadow = 0.0
        var spacing = 0.0
        /// Whether a face that stands in for a missing character is to be a bold one.
        var bold = false
        /// The colour of the shadow, `&HAABBGGRR`.
        var shadowColour = "&H70000000"

        fileprivate var line: String {
            "Style: \(name),\(font),\(decimal(size)),&H00FFFFFF,&H00FFFFFF,&H00101010,"
                + "\(shadowColour),\(bold ? -1 : 0),0,0,0,100,100,\(decimal(spacing)),0,1,\(decimal(outline)),"
                + "\(decimal(shadow)),7,0,0,0,-1"
        }
    }

    private var head: String
    private var events = ""

    /// A document for a picture of `size`. `matrix` says how its colours are meant: `None` when
    /// drawn onto RGB, `TV.709` onto video.
    init(size: PixelSize, matrix: String, styles: [Style]) {
        head = """
            [Script Info]
            ScriptType: v4.00+
            PlayResX: \(size.width)
            PlayResY: \(size.height)
            ScaledBorderAndShadow: yes
            YCbCr Matrix: \(matrix)
            WrapStyle: 2

            [V4+ Styles]
            Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, \
            BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, \
            BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding

            """
        for style in styles { head += style.line + "\n" }
        head += """

            [Events]
            Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text

            """
    }

    /// Adds an event. `text` is ASS: what comes from outside must have gone through `escaped`.
    mutating func add(
        _ text: String, style: String, layer: Int = 0, from start: Double = 0,
        to end: Double = 3600
    ) {
        events +=
            "Dialogue: \(layer),\(Self.time(start)),\(Self.time(end)),\(style),,0,0,0,,\(text)\n"
    }

    /// The document's bytes.
    var bytes: [UInt8] { Array((head + events).utf8) }

    /// Text that libass shows as it is: no override blocks, no escapes, no new lines or events.
    ///
    /// libass knows `\{` and `\}`, but no escape for the backslash itself; a word joiner after
    /// it (drawn as nothing) keeps it from forming one with the next letter.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\u{2060}"
            case "{": result += "\\{"
            case "}": result += "\\}"
            default:
                let category = scalar.properties.generalCategory
                let breaks = [.control, .lineSeparator, .paragraphSeparator].contains(category)
                result.unicodeScalars.append(breaks ? " " : scalar)
            }
        }
        return result
    }

    /// `0:00:01.20`: hundredths are all the format has.
    static func time(_ seconds: Double) -> String {
        let all = Int((max(0, seconds) * 100).rounded())
        let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
        return "\(all / 360_000):\(two(all / 6000 % 60)):\(two(all / 100 % 60)).\(two(all % 100))"
    }

    /// A circle as a drawing: four Bézier curves.
    static func circle(radius r: Double, x: Double = 0, y: Double = 0) -> String {
        let k = r * 0.5523
        let p = { (dx: Double, dy: Double) in "\(decimal(x + dx)) \(decimal(y + dy))" }
        return
            "m \(p(r, 0)) b \(p(r, k)) \(p(k, r)) \(p(0, r)) \(p(-k, r)) \(p(-r, k)) \(p(-r, 0)) "
            + " \(p(-r, -k)) \(p(-k, -r)) \(p(0, -r)) \(p(k, -r)) \(p(r, -k)) \(p(r, 0)) "
    }
}

/// A number with at most two decimals, as ASS and filter graphs take it.
func decimal(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    guard hundredths % 100 != 0 else { return String(hundredths / 100) }
    let rest = abs(hundredths % 100)
    return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(rest < 10 ? "0" : "")\(rest)"
}
