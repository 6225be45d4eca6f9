import Motion

/// Where everything on a still goes. Neighbouring scenes differ, equal briefs do not.
struct CardDesign: Sendable {
    let canvas: Canvas
    let route: Route
    let palette: Palette
    /// Even numbers in -1...1 for what may be here or a little there.
    let jitter: [Double]
    private let label: String
    private let language: String
    private let isPhotograph: Bool
    /// The scene's number in the round of arrangements.
    private let turn: Int

    /// The design of the `index`-th scene's still.
    init(_ brief: Brief, index: Int, isPhotograph: Bool = false) {
        canvas = Canvas(brief)
        palette = Palette(brief)
        language = brief.language
        self.isPhotograph = isPhotograph
        let category = PlainText.shortened(PlainText.clean(brief.category ?? ""), to: 24)
        let number = Narration.number(index)
        // Without a category, the topic stays in view once its own card is gone.
        label =
            !category.isEmpty
            ? "\(category)   •   \(number)"
            : index == 0 ? number : Heading.topic(brief.topic, language: brief.language)
        let seed = SeededRandom.seed(brief.topic)
        route = Route(canvas, index: index, seed: seed)
        turn = Int(seed % 60) + index
        var random = SeededRandom(seed: seed &+ UInt64(index))
        jitter = (0..<6).map { _ in Double.random(in: -1...1, using: &random) }
    }

    var width: Double { Double(canvas.still.width) }
    var height: Double { Double(canvas.still.height) }
    var unit: Double { canvas.scale }

    /// The part of the still for text, in view and clear of the app all the way.
    var area: EdgeInsets { route.area(within: canvas.headingFrame) }

    /// The part of the still that is in view all the way.
    var visible: EdgeInsets {
        route.area(
            within: EdgeInsets(
                top: 0, bottom: canvas.video.height, left: 0, right: canvas.video.width))
    }

    /// Text begins where its script does; letters that join are not spaced.
    var isMirrored: Bool { Language.isRightToLeft(language) }

    /// The lights.
    var background: [UInt8] {
        let reach = (width * height).squareRoot() * 0.52
        let spots: [(Double, Double)] =
            switch turn % 4 {
            case 0: [(0.15, 0.12), (0.98, 0.42)]
            case 1: [(0.85, 0.08), (0.12, 0.46)]
            case 2: [(0.10, 0.36), (0.92, 0.16)]
            default: [(0.55, 0.06), (1.00, 0.50)]
            }
        let swap = turn % 2 == 1
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

    /// The veil over a photograph: a band from side to side, or from top to bottom where the picture
    /// is wide, for a box would look like one.
    func veil(_ heading: String) -> [UInt8] {
        var band = place(of: block(heading))
        if canvas.video.orientation == .landscape {
            (band.top, band.bottom) = (0, canvas.still.height)
            if isMirrored { band.right = canvas.still.width } else { band.left = 0 }
        } else {
            (band.left, band.right) = (0, canvas.still.width)
        }
        let centre = Double(canvas.captionCentre.y) * Canvas.margin
        return CardVeil.picture(
            canvas.still, text: band, soft: 0.4 * min(width, height),
            foot: centre - 0.16 * height...centre)
    }

    /// Where a block of text is in the still.
    private func place(of block: Block) -> EdgeInsets {
        let width = Int(block.width)
        return EdgeInsets(
            top: Int(block.top), bottom: Int(block.bottom),
            left: isMirrored ? area.right - width : area.left,
            right: isMirrored ? area.right : area.left + width)
    }

    /// The text as it is set: lines of a size, and where in the still.
    private struct Block {
        var size: Double
        var lines: [String]
        var top, bottom, width: Double
    }

    private static let pitch = 1.04
    /// From the label's top to the bar's, and from there to the heading's.
    private var barOffset: Double { 74 * unit }
    private var headingOffset: Double { barOffset + 44 * unit }

    private func block(_ heading: String) -> Block {
        let text = PlainText.capitals(PlainText.clean(heading), language: language)
        let room = Double(area.bottom - area.top)
        let (size, lines) = TypeMetrics.fitted(
            text, width: Double(area.right - area.left), height: room - headingOffset,
            pitch: Self.pitch, largest: 184 * unit, smallest: 60 * unit)
        let height = headingOffset + Double(lines.count) * Self.pitch * size
        // At the top, a little above the middle, or low, where there is room for that.
        let share = [0.0, 0.38, 0.8][turn % 3]
        let top = Double(area.top) + max(0, room - height) * share
        let widths = lines.map { TypeMetrics.width($0, size: size) }
        return Block(
            size: size, lines: lines, top: top, bottom: top + height, width: widths.max() ?? 0)
    }

    /// Ornaments and text.
    func art(heading: String) -> [UInt8] {
        let corner = isMirrored ? "\\an9" : "\\an7"
        let edge = Double(isMirrored ? area.right : area.left)
        var art = SubStation(
            size: canvas.still, matrix: "TV.709",
            styles: [
                .init(name: "Shape", font: TypeMetrics.medium, size: 20),
                .init(
                    name: "Label", font: TypeMetrics.medium, size: 40 * unit,
                    shadow: isPhotograph ? 2 * unit : 0, spacing: isMirrored ? 0 : 6 * unit),
                .init(
                    name: "Heading", font: TypeMetrics.heavy, size: 100, shadow: 6 * unit,
                    spacing: isMirrored ? 0 : -1, bold: true),
            ])
        let block = block(heading)
        if !isPhotograph {
            Ornament(self, turn: turn).draw(on: &art, text: place(of: block))
        }
        let spacing = isMirrored ? 0 : 6 * unit
        let (labelSize, small) = fittedLabel(
            width: Double(area.right - area.left), spacing: spacing)
        art.add(
            "{\(corner)\\pos(\(decimal(edge)),\(decimal(block.top + (40 * unit - labelSize))))"
                + "\\fs\(decimal(labelSize))\\fsp\(decimal(spacing * labelSize / (40 * unit)))}"
                + SubStation.escaped(small), style: "Label", layer: 2)
        art.add(
            "{\(corner)\\pos(\(decimal(edge)),\(decimal(block.top + barOffset)))"
                + "\\1c\(palette.accent.ass)\\p1}m 0 0 l "
                + "\(decimal(130 * unit)) 0 \(decimal(130 * unit)) \(decimal(12 * unit)) 0 "
                + "\(decimal(12 * unit)){\\p0}", style: "Shape", layer: 2)
        for (index, line) in block.lines.enumerated() {
            let y = block.top + headingOffset + Double(index) * Self.pitch * block.size
            // The first letter's own margin would set it a little to the right of the bar.
            let x = isMirrored ? edge : edge - 4 * unit
            art.add(
                "{\(corner)\\pos(\(decimal(x)),\(decimal(y)))\\fs\(decimal(block.size))}"
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
}
