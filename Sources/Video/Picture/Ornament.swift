#if canImport(Glibc)
    import Glibc
#endif

/// The vector drawing behind a heading: one of a few, so that neighbouring scenes differ, all of
/// them thin and light enough to be read over.
struct Ornament: Sendable {
    private let design: CardDesign
    private let turn: Int
    private var unit: Double { design.unit }

    init(_ design: CardDesign, turn: Int) {
        self.design = design
        self.turn = turn
    }

    /// Draws it around `text`, the place of the label and the heading.
    func draw(on art: inout SubStation, text: EdgeInsets) {
        switch turn % 5 {
        case 0: drawRings(&art, text)
        case 1: drawSlabs(&art)
        case 2: drawArcs(&art, text)
        case 3: drawOrbit(&art, text)
        default:
            // They take the room that the dots would.
            drawWaves(&art, text)
            return
        }
        drawDots(&art, text)
    }

    /// The side away from where text begins, as a part of the width.
    private func across(_ part: Double) -> Double {
        (design.isMirrored ? 1 - part : part) * design.width
    }

    /// The middle of the larger free part above or below the text, for what needs a centre.
    private func free(_ text: EdgeInsets) -> Double {
        let above = Double(text.top - design.area.top)
        let below = Double(design.area.bottom - text.bottom)
        return below >= above
            ? Double(text.bottom) + 0.5 * below : Double(design.area.top) + 0.5 * above
    }

    private func shape(
        _ art: inout SubStation, _ x: Double, _ y: Double, _ style: String, _ path: String,
        layer: Int = 0
    ) {
        art.add(
            "{\\an7\\pos(\(decimal(x)),\(decimal(y)))\(style)\\p1}\(path){\\p0}", style: "Shape",
            layer: layer)
    }

    private func line(_ width: Double, _ alpha: String) -> String {
        "\\bord\(decimal(width * unit))\\1a&HFF&\\3c&HFFFFFF&\\3a&H\(alpha)&"
    }

    private var glow: String {
        design.palette.second.mixed(with: Colour(bits: 0xFFFFFF), 0.4).ass
    }

    /// A disc of light with rings around it.
    private func drawRings(_ art: inout SubStation, _ text: EdgeInsets) {
        let x = across(0.80) + 20 * design.jitter[5] * unit
        let y = 0.5 * (free(text) + Double(design.area.top + design.area.bottom) / 2)
        let radius = 262 * unit
        shape(
            &art, x, y, "\\blur\(decimal(26 * unit))\\1c\(glow)\\1a&HB4&",
            SubStation.circle(radius: radius))
        for (ring, alpha) in [(1.0, "68"), (1.31, "98"), (1.66, "B4")] {
            shape(&art, x, y, line(1.3, alpha), SubStation.circle(radius: radius * ring), layer: 1)
        }
    }

    /// Slanted bars of light, side by side.
    private func drawSlabs(_ art: inout SubStation) {
        let area = design.area
        let pitch = 150 * unit
        let slant = 0.32
        for index in 0..<4 {
            let height = (900 - 150 * Double(index)) * unit
            let width = 92 * unit
            let x = across(0.97) - (design.isMirrored ? -1 : 1) * Double(index) * pitch
            let y = Double(area.top) + (40 + 90 * Double(index)) * unit
            let lean = slant * height
            let path =
                "m \(decimal(lean)) 0 l \(decimal(lean + width)) 0 \(decimal(width)) "
                + "\(decimal(height)) 0 \(decimal(height))"
            let alpha = ["AC", "BC", "CC", "D8"][index]
            shape(
                &art, x - lean, y, "\\blur\(decimal(1.5 * unit))\\1c\(glow)\\1a&H\(alpha)&", path)
        }
    }

    /// Quarter circles around a corner.
    private func drawArcs(_ art: inout SubStation, _ text: EdgeInsets) {
        let isLow = text.top + text.bottom > design.area.top + design.area.bottom
        let x = across(1.02)
        let y = isLow ? Double(design.area.top) - 60 * unit : Double(design.area.bottom) + 20 * unit
        shape(
            &art, x, y, "\\blur\(decimal(30 * unit))\\1c\(glow)\\1a&HC4&",
            SubStation.circle(radius: 300 * unit))
        for index in 0..<5 {
            let radius = (210 + 82 * Double(index)) * unit
            let alpha = ["60", "78", "90", "A4", "B8"][index]
            shape(
                &art, x, y, line(index % 3 == 0 ? 3 : 1.3, alpha),
                SubStation.circle(radius: radius), layer: 1)
        }
    }

    /// Orbits, seen aslant, with a body on each.
    private func drawOrbit(_ art: inout SubStation, _ text: EdgeInsets) {
        let x = across(0.68)
        let y = 0.4 * free(text) + 0.6 * Double(design.area.top + design.area.bottom) / 2
        shape(
            &art, x, y, "\\blur\(decimal(18 * unit))\\1c\(glow)\\1a&HA0&",
            SubStation.circle(radius: 96 * unit))
        let tilt = -0.42 + 0.1 * design.jitter[5]
        for (index, radius) in [230.0, 350, 480].enumerated() {
            var path = "m"
            var body = (x: 0.0, y: 0.0)
            for step in 0...72 {
                let angle = Double(step) / 72 * 2 * .pi
                let (a, b) = (radius * cos(angle) * unit, 0.42 * radius * sin(angle) * unit)
                let point = (x: a * cos(tilt) - b * sin(tilt), y: a * sin(tilt) + b * cos(tilt))
                path += "\(step == 1 ? " l" : "") \(decimal(point.x)) \(decimal(point.y))"
                if step == [9, 33, 62][index] { body = point }
            }
            shape(&art, x, y, line(1.4, ["70", "8C", "A8"][index]), path, layer: 1)
            // Beside a word it would look like a stop.
            let (right, low) = (x + body.x, y + body.y)
            let margin = 40 * unit
            if right > Double(text.left) - margin, right < Double(text.right) + margin,
                low > Double(text.top) - margin, low < Double(text.bottom) + margin
            {
                continue
            }
            shape(
                &art, x, y, "\\1c\(index == 1 ? design.palette.accent.ass : "&HFFFFFF&")\\1a&H30&",
                SubStation.circle(radius: [15, 21, 12][index] * unit, x: body.x, y: body.y),
                layer: 1)
        }
    }

    /// Lines that swing side by side.
    private func drawWaves(_ art: inout SubStation, _ text: EdgeInsets) {
        let y = free(text)
        for index in 0..<7 {
            let height = (74 - 7 * Double(index)) * unit
            let offset = (Double(index) - 3) * 34 * unit
            var path = "m"
            for step in 0...60 {
                let part = Double(step) / 60
                let angle = part * 2.6 * .pi + 0.35 * Double(index) + design.jitter[5]
                let rise = sin(angle) * height * (0.35 + 0.65 * part)
                path += "\(step == 1 ? " l" : "") \(decimal(part * design.width)) \(decimal(rise))"
            }
            // A path is closed when it is drawn: back the same way, so that nothing shows.
            for step in stride(from: 59, through: 1, by: -1) {
                let part = Double(step) / 60
                let angle = part * 2.6 * .pi + 0.35 * Double(index) + design.jitter[5]
                let rise = sin(angle) * height * (0.35 + 0.65 * part)
                path += " \(decimal(part * design.width)) \(decimal(rise))"
            }
            let alpha = ["98", "A2", "AA", "B2", "BA", "C2", "CA"][index]
            shape(&art, 0, y + offset, line(index == 0 ? 2.4 : 1.2, alpha), path)
        }
    }

    /// A grid of dots where the text leaves room; none if it does not.
    private func drawDots(_ art: inout SubStation, _ text: EdgeInsets) {
        let area = design.area
        let pitch = 44 * unit
        let (columns, rows) = turn % 2 == 0 ? (4, 5) : (6, 3)
        let height = Double(rows - 1) * pitch
        let x =
            design.isMirrored
            ? Double(area.right) - Double(columns) * pitch : Double(area.left) + 10 * unit
        let below = Double(area.bottom) - height - 20 * unit
        let above = Double(area.top) + 20 * unit
        let y: Double
        if below > Double(text.bottom) + 1.2 * pitch {
            y = below
        } else if above + height < Double(text.top) - 1.2 * pitch {
            y = above
        } else {
            return
        }
        var dots = ""
        for row in 0..<rows {
            for column in 0..<columns {
                dots += SubStation.circle(
                    radius: 3.4 * unit, x: Double(column) * pitch, y: Double(row) * pitch)
            }
        }
        shape(&art, x, y, "\\1a&H78&", dots, layer: 1)
    }
}
