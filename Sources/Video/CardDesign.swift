/// Where everything on a card goes. Neighbouring scenes differ, equal briefs do not.
struct CardDesign: Sendable {
    let canvas: Canvas
    private let palette: Palette
    private let label: String
    private let language: String
    /// One of four arrangements.
    private let arrangement: Int
    private let jitter: [Double]

    /// The design of the `index`-th scene's card.
    init(_ brief: Brief, index: Int) {
        canvas = Canvas(brief.platform)
        palette = Palette(brief)
        language = brief.language
        let category = PlainText.shortened(PlainText.clean(brief.category ?? ""), to: 24)
        let number = Narration.number(index)
        // Without a category, the topic stays in view once its own card is gone.
        label =
            !category.isEmpty
            ? "\(category)   •   \(number)"
            : index == 0 ? number : Heading.topic(brief.topic, language: brief.language)
        let seed = SeededRandom.seed(brief.topic)
        arrangement = (Int(seed % 4) + index) % 4
        var random = SeededRandom(seed: seed &+ UInt64(index))
        jitter = (0..<6).map { _ in Double.random(in: -1...1, using: &random) }
    }

    private var width: Double { Double(canvas.still.width) }
    private var height: Double { Double(canvas.still.height) }
    private var unit: Double { canvas.scale }

    /// The lights.
    var background: [UInt8] {
        let reach = (width * height).squareRoot() * 0.52
        let spots: [(Double, Double)] =
            switch arrangement {
            case 0: [(0.15, 0.12), (0.98, 0.42)]
            case 1: [(0.85, 0.08), (0.12, 0.46)]
            case 2: [(0.10, 0.36), (0.92, 0.16)]
            default: [(0.55, 0.06), (1.00, 0.50)]
            }
        let swap = arrangement % 2 == 1
        let lights = [
            CardBackground.Light(
                x: (spots[0].0 + 0.05 * jitter[0]) * width,
                y: (spots[0].1 + 0.03 * jitter[1]) * height, radius: reach,
                colour: swap ? palette.second : palette.first, strength: 0.95),
            CardBackground.Light(
                x: (spots[1].0 + 0.04 * jitter[2]) * width,
                y: (spots[1].1 + 0.03 * jitter[3]) * height, radius: reach * 0.95,
                colour: swap ? palette.first : palette.second, strength: 0.9),
            CardBackground.Light(
                x: (0.3 + 0.3 * jitter[4]) * width, y: 0.95 * height, radius: reach * 1.1,
                colour: palette.shade, strength: 0.95),
        ]
        let base = palette.shade.mixed(with: Colour(bits: 0x04050C), 0.75)
        return CardBackground.picture(
            canvas.still, base: base, lights: lights, dim: 0.50...0.86)
    }

    /// Ornaments and text.
    func art(heading: String) -> [UInt8] {
        let area = canvas.headingArea
        let top = Double(area.top)
        // Text begins where its script does; letters that join are not spaced.
        let mirrored = Language.isRightToLeft(language)
        let corner = mirrored ? "\\an9" : "\\an7"
        let edge = Double(mirrored ? area.right : area.left)
        let accent = palette.accent.ass
        var art = SubStation(
            size: canvas.still, matrix: "None",
            styles: [
                .init(name: "Shape", font: TypeMetrics.medium, size: 20),
                .init(
                    name: "Label", font: TypeMetrics.medium, size: 40 * unit,
                    spacing: mirrored ? 0 : 6 * unit),
                .init(
                    name: "Heading", font: TypeMetrics.heavy, size: 100, shadow: 6 * unit,
                    spacing: mirrored ? 0 : -1, bold: true),
            ])
        drawCircles(&art)

        let text = PlainText.capitals(PlainText.clean(heading), language: language)
        let spacing = mirrored ? 0 : 6 * unit
        let (labelSize, small) = fittedLabel(
            width: Double(area.right - area.left), spacing: spacing)
        art.add(
            "{\(corner)\\pos(\(decimal(edge)),\(decimal(top + (40 * unit - labelSize))))"
                + "\\fs\(decimal(labelSize))\\fsp\(decimal(spacing * labelSize / (40 * unit)))}"
                + SubStation.escaped(small), style: "Label", layer: 2)
        let bar = top + 74 * unit
        art.add(
            "{\(corner)\\pos(\(decimal(edge)),\(decimal(bar)))\\1c\(accent)\\p1}m 0 0 l "
                + "\(decimal(130 * unit)) 0 \(decimal(130 * unit)) \(decimal(12 * unit)) 0 "
                + "\(decimal(12 * unit)){\\p0}", style: "Shape", layer: 2)
        let first = bar + 44 * unit
        let pitch = 1.04
        let (size, lines) = TypeMetrics.fitted(
            text, width: Double(area.right - area.left), height: Double(area.bottom) - first,
            pitch: pitch, largest: canvas.sideways ? 172 : 172 * unit, smallest: 60 * unit)
        drawDots(&art, below: first + Double(lines.count) * pitch * size)
        for (index, line) in lines.enumerated() {
            let y = first + Double(index) * pitch * size
            art.add(
                "{\(corner)\\pos(\(decimal(mirrored ? edge : edge - 4 * unit)),\(decimal(y)))\\fs\(decimal(size))}"
                    + SubStation.escaped(line), style: "Heading", layer: 3)
        }
        return art.bytes
    }

    /// The label in capitals on one line: smaller if it is long, and cut short if it is too long
    /// for that.
    private func fittedLabel(width: Double, spacing: Double) -> (size: Double, text: String) {
        let largest = 40 * unit
        var text = PlainText.capitals(PlainText.clean(label), language: language)
        let fits = { (text: String, size: Double) in
            TypeMetrics.width(text, size: size, spacing: spacing * size / largest) <= width
        }
        var size = largest
        while size > 0.7 * largest, !fits(text, size) { size -= unit }
        var length = text.count
        while length > 8, !fits(text, size) {
            length -= 1
            text = PlainText.shortened(text, to: length)
        }
        return (size, text)
    }

    /// A disc of light with rings around it.
    private func drawCircles(_ art: inout SubStation) {
        let area = canvas.headingArea
        let span = Double(area.bottom - area.top)
        let (x, y, radius): (Double, Double, Double) =
            switch arrangement {
            case 0: (0.80 * width, Double(area.top) + 0.50 * span, 262)
            case 1: (0.74 * width, Double(area.top) + 0.78 * span, 215)
            case 2: (0.86 * width, Double(area.top) + 0.16 * span, 235)
            default: (0.66 * width, Double(area.top) + 0.66 * span, 240)
            }
        let centre = "\\an7\\pos(\(decimal(x + 20 * jitter[5] * unit)),\(decimal(y)))"
        let glow = palette.second.mixed(with: Colour(bits: 0xFFFFFF), 0.4).ass
        art.add(
            "{\(centre)\\blur\(decimal(26 * unit))\\1c\(glow)\\1a&HB4&\\p1}"
                + SubStation.circle(radius: radius * unit) + "{\\p0}", style: "Shape")
        for (index, ring) in [1.0, 1.31, 1.66].enumerated() {
            let alpha = ["&H68&", "&H98&", "&HB4&"][index]
            art.add(
                "{\(centre)\\bord\(decimal(1.3 * unit))\\1a&HFF&\\3c&HFFFFFF&\\3a\(alpha)\\p1}"
                    + SubStation.circle(radius: radius * ring * unit) + "{\\p0}", style: "Shape",
                layer: 1)
        }
    }

    /// A grid of dots under the text, whose last line ends at `bottom`; none if it has no room.
    private func drawDots(_ art: inout SubStation, below bottom: Double) {
        let area = canvas.headingArea
        let pitch = 44 * unit
        let columns = arrangement % 2 == 0 ? 4 : 6
        let rows = arrangement % 2 == 0 ? 5 : 3
        let x =
            Language.isRightToLeft(language)
            ? Double(area.right) - Double(columns) * pitch : Double(area.left) + 10
        let y = Double(area.bottom) - Double(rows) * pitch + 20 * unit
        guard y > bottom + 0.5 * pitch else { return }
        var dots = ""
        for row in 0..<rows {
            for column in 0..<columns {
                dots += SubStation.circle(
                    radius: 3.4 * unit, x: Double(column) * pitch, y: Double(row) * pitch)
            }
        }
        art.add(
            "{\\an7\\pos(\(decimal(x)),\(decimal(y)))\\1a&H78&\\p1}\(dots){\\p0}", style: "Shape",
            layer: 1)
    }
}
