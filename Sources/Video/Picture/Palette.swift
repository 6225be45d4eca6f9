/// A colour, each part 0...1, as sRGB has it.
struct Colour: Hashable, Sendable {
    var red, green, blue: Double

    /// Reads `#rrggbb`.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count == 7, text.hasPrefix("#"),
            let bits = UInt32(text.dropFirst(), radix: 16)
        else { return nil }
        self.init(bits: bits)
    }

    /// Takes the lower 24 bits, red first.
    init(bits: UInt32) {
        red = Double(bits >> 16 & 255) / 255
        green = Double(bits >> 8 & 255) / 255
        blue = Double(bits & 255) / 255
    }

    /// The colour between this and `other`.
    func mixed(with other: Colour, _ part: Double) -> Colour {
        var result = self
        result.red += (other.red - red) * part
        result.green += (other.green - green) * part
        result.blue += (other.blue - blue) * part
        return result
    }

    /// The colour, mixed with as much white as it takes to be so bright, 0...1.
    func lightened(to least: Double) -> Colour {
        guard brightness < least else { return self }
        return mixed(with: Colour(bits: 0xFFFFFF), (least - brightness) / (1 - brightness))
    }

    /// The colour, mixed with as much black as it takes to be no brighter, 0...1.
    func darkened(to most: Double) -> Colour {
        guard brightness > most else { return self }
        return mixed(with: Colour(bits: 0), 1 - most / brightness)
    }

    /// How bright it looks, 0...1 (ITU-R BT.709 weights).
    var brightness: Double { 0.2126 * red + 0.7152 * green + 0.0722 * blue }

    /// As ASS has it: `&HBBGGRR&`.
    var ass: String {
        let part = { (value: Double) in
            let text = String(Int((value * 255).rounded()), radix: 16, uppercase: true)
            return text.count < 2 ? "0" + text : text
        }
        return "&H\(part(blue))\(part(green))\(part(red))&"
    }
}

/// The colours of a video: two lights, the shade they fade into, and the accent.
struct Palette: Hashable, Sendable {
    var first, second, shade, accent: Colour

    /// The palette of a brief: its own colours, else those of its category, else one the topic
    /// picks.
    init(_ brief: Brief) {
        let own = brief.palette.compactMap { Colour($0) }
        if own.count >= 2 {
            // White text stands on the lights: they are kept from being too bright for it.
            let calm = own.map { $0.darkened(to: 0.5) }
            first = calm[0]
            second = calm[1]
            shade =
                calm.count > 2
                ? calm[2].mixed(with: Colour(bits: 0), 0.7)
                : calm[0].mixed(with: Colour(bits: 0), 0.8)
            // The accent is the colour of a word on a dark outline: it must not be dark itself.
            accent = own.count > 3 ? own[3].lightened(to: 0.5) : Self.yellow
            return
        }
        let known = brief.category.flatMap { Self.byCategory[$0.lowercased()] }
        let seed = SeededRandom.seed(brief.topic + (brief.category ?? ""))
        let colours = known ?? Self.all[Int(seed % UInt64(Self.all.count))]
        first = Colour(bits: colours.0)
        second = Colour(bits: colours.1)
        shade = Colour(bits: colours.2)
        accent = Self.yellow
    }

    private static let yellow = Colour(bits: 0xFFE266)

    private typealias Triple = (UInt32, UInt32, UInt32)
    private static let sea: Triple = (0x0F9C88, 0x2F7FD0, 0x06301C)
    private static let ember: Triple = (0xDE8A1C, 0xD0445C, 0x1C0A3A)
    private static let dusk: Triple = (0x7A28C6, 0xD85A66, 0x0E2A34)
    private static let forest: Triple = (0x3D8F3A, 0x159A86, 0x082A14)
    private static let ocean: Triple = (0x1C63C8, 0x14A0B4, 0x0A1440)
    private static let berry: Triple = (0xC42C78, 0x6A34C8, 0x260A30)
    private static let copper: Triple = (0xB0582A, 0xC89030, 0x2A120A)
    private static let all = [sea, ember, dusk, forest, ocean, berry, copper]

    private static let byCategory: [String: Triple] = [
        "science": sea, "education": ocean, "technology": dusk, "tech": dusk, "gaming": dusk,
        "history": copper, "art": berry, "culture": berry, "music": berry, "fashion": berry,
        "nature": forest, "animals": forest, "environment": forest, "health": sea,
        "fitness": ember, "sports": ember, "food": ember, "cooking": ember, "business": ocean,
        "finance": ocean, "news": ocean, "travel": ocean, "lifestyle": copper,
        "entertainment": dusk, "comedy": ember, "motivation": ember, "space": dusk,
    ]
}
