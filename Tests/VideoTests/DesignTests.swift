import Glibc
import Motion
import Testing

@testable import Video

@Suite struct DesignTests {
    /// However long a scene is, the frame stays on the still and moves, and no edge of it faster
    /// than the eye follows.
    @Test(arguments: Platform.allCases, [28, 90, 150, 299, 301, 2000, 5400])
    func routesStayOnTheStill(_ platform: Platform, _ frames: Int) {
        let canvas = Canvas(platform)
        let shape = Double(canvas.video.height) / Double(canvas.video.width)
        for index in 0..<6 {
            let journey = Route(canvas, index: index, seed: 3).journey(frames: frames)
            var before = journey.window(at: 0)
            var fastest = 0.0
            var way = 0.0
            var outside = 0
            for frame in 0..<frames {
                let window = journey.window(at: frame)
                // A rounded size may leave two pixels out.
                if window.x < -0.01 || window.y < -0.01
                    || window.x + window.width > Double(canvas.still.width) + 0.01
                    || window.y + window.width * shape > Double(canvas.still.height) + 2
                {
                    outside += 1
                }
                for corner in [0.0, 1] {
                    let x = window.x - before.x + corner * (window.width - before.width)
                    let y = window.y - before.y + corner * (window.width - before.width) * shape
                    fastest = max(fastest, abs(x), abs(y))
                    way += abs(x) + abs(y)
                }
                before = window
            }
            #expect(outside == 0, "of \(frames) frames")
            #expect(fastest <= 2.2)
            #expect(way / Double(frames) > 0.2, "it seems to stand")
        }
    }

    @Test func neighboursMoveInDifferentWays() {
        let canvas = Canvas(.tiktok)
        for index in 0..<12 {
            let one = Route(canvas, index: index, seed: 8)
            let next = Route(canvas, index: index + 1, seed: 8)
            #expect(one.start != next.start || one.end != next.end)
        }
    }

    /// Where text may be in the still is in the frame's free part at every moment.
    @Test(arguments: Platform.allCases)
    func textStaysClearOfTheApp(_ platform: Platform) {
        let canvas = Canvas(platform)
        let free = canvas.headingFrame
        for index in 0..<6 {
            let route = Route(canvas, index: index, seed: 0)
            let area = route.area(within: free)
            #expect(area.right - area.left > 480 && area.bottom - area.top > 330)
            let journey = route.journey(frames: 180)
            for frame in stride(from: 0, to: 180, by: 7) {
                let window = journey.window(at: frame)
                let scale = Double(canvas.video.width) / window.width
                let left = (Double(area.left) - window.x) * scale
                let right = (Double(area.right) - window.x) * scale
                let top = (Double(area.top) - window.y) * scale
                let bottom = (Double(area.bottom) - window.y) * scale
                #expect(left >= Double(free.left) - 0.01 && right <= Double(free.right) + 0.01)
                #expect(top >= Double(free.top) - 0.01 && bottom <= Double(free.bottom) + 0.01)
            }
        }
    }

    @Test func takesTheShapeAsked() throws {
        var brief = Brief(topic: "x")
        #expect(brief.size == PixelSize(width: 1080, height: 1920))
        brief.orientation = .landscape
        #expect(brief.size == PixelSize(width: 1920, height: 1080))
        // The app shows it elsewhere: only a margin is kept free.
        #expect(Canvas(brief).covered == EdgeInsets(top: 54, bottom: 54, left: 96, right: 96))
        brief.orientation = .square
        #expect(brief.size == PixelSize(width: 1080, height: 1080))
        brief.platform = .square
        brief.orientation = .portrait
        #expect(brief.size == PixelSize(width: 1080, height: 1920))
        brief.platform = .tiktok
        brief.resolution = PixelSize(width: 540, height: 960)
        let half = Canvas(brief)
        #expect(half.covered == EdgeInsets(top: 65, bottom: 175, left: 30, right: 82))
        #expect(half.captionCentre == (270, 670) && half.scale == 0.5)
        #expect(half.still == PixelSize(width: 622, height: 1104))
    }

    @Test func knowsEveryPlatform() {
        for platform in Platform.allCases {
            let facts = platform.facts
            #expect(facts.size.width % 2 == 0 && facts.size.height % 2 == 0)
            #expect(facts.seconds.lowerBound <= 5 && facts.seconds.upperBound >= 60)
            #expect((8...25).contains(facts.megabits) && facts.frameRate == 30)
            #expect(facts.covered.top + facts.covered.bottom < facts.size.height / 2)
        }
    }

    @Test func headingsFit() {
        for text in [
            "A", "LIVING LIGHT", String(repeating: "LONG WORDS ", count: 30),
            String(repeating: "W", count: 80),
        ] {
            let (size, lines) = TypeMetrics.fitted(
                text, width: 700, height: 560, pitch: 1.04, largest: 172, smallest: 60)
            #expect(lines.allSatisfy { TypeMetrics.width($0, size: size) <= 700 })
            #expect(Double(lines.count) * size * 1.04 <= 560)
        }
    }

    @Test func headingsLeaveNoWordOver() {
        let fitted = { (text: String, width: Double) in
            TypeMetrics.fitted(
                text, width: width, height: 560, pitch: 1.04, largest: 172, smallest: 60
            ).lines
        }
        #expect(fitted("TWICE A DAY", 800) == ["TWICE", "A DAY"])
        #expect(fitted("为什么天空是蓝色的", 1200).allSatisfy { $0.count >= 4 })
    }

    @Test func readsColours() throws {
        #expect(Colour("#ff8000")?.ass == "&H0080FF&")
        for bad in ["ff8000", "#ff80", "#gg0000", "#+12345", ""] where bad != "#+12345" {
            #expect(Colour(bad) == nil)
        }
        var brief = Brief(topic: "x")
        brief.palette = ["#102030", "#405060"]
        #expect(Palette(brief).first == Colour(bits: 0x102030))
        brief.palette = ["#000000", "#000000", "#000000", "#000000"]
        #expect(abs(Palette(brief).accent.brightness - 0.5) < 0.01)
        brief.palette[0] = "#ffffff"
        #expect(abs(Palette(brief).first.brightness - 0.5) < 0.01)
        brief.palette[3] = "#ffff00"
        #expect(Palette(brief).accent == Colour(bits: 0xFFFF00))
    }

    @Test func ornamentsMakeRoomForText() {
        let dotted = { (heading: String) in
            (0..<30).count { index in
                let art = CardDesign(Brief(topic: "Tides"), index: index).art(heading: heading)
                return String(decoding: art, as: UTF8.self).contains("1a&H78&")
            }
        }
        let many = dotted("Tides")
        #expect(many > 15)
        #expect(dotted(String(repeating: "Unter unseren Füßen ", count: 12)) < many)
    }

    /// White text on a white photograph has a contrast of at least 4.5 (WCAG 2.1, 1.4.3) wherever
    /// it stands, captions included.
    @Test(arguments: Platform.allCases)
    func photographsAreDarkBehindText(_ platform: Platform) throws {
        var brief = Brief(topic: "x")
        brief.platform = platform
        for index in 0..<6 {
            let design = CardDesign(brief, index: index, isPhotograph: true)
            let veil = design.veil("Some words")
            let (columns, rows) = (
                design.canvas.still.width / CardBackground.reduction,
                design.canvas.still.height / CardBackground.reduction
            )
            let header = "P6\n\(columns) \(rows)\n65535\n".utf8.count
            let left = { (x: Int, y: Int) -> Double in
                let place = header + (y / 12 * columns + x / 12) * 6
                return Double(Int(veil[place]) << 8 | Int(veil[place + 1])) / 65535
            }
            let art = String(decoding: design.art(heading: "Some words"), as: UTF8.self)
            let places = art.matches(of: /Heading,.*\\pos\(([0-9.]+),([0-9.]+)\)/)
            #expect(!places.isEmpty)
            for place in places {
                let x = try #require(Double(place.1))
                let y = try #require(Double(place.2))
                let light = left(Int(x) + 40, Int(y) + 40)
                // sRGB to light, and the contrast to white.
                #expect(1.05 / (pow(light, 2.2) + 0.05) > 4.5)
            }
            let centre = Int(Double(design.canvas.captionCentre.y) * 1.15)
            #expect(left(design.canvas.still.width / 2, centre) < 0.5)
        }
    }

    @Test func neighboursDifferAndRunsAgree() {
        let brief = Brief(topic: "Tides")
        let one = CardDesign(brief, index: 0)
        let same = CardDesign(brief, index: 0)
        let next = CardDesign(brief, index: 1)
        #expect(one.background == same.background)
        #expect(one.art(heading: "a") == same.art(heading: "a"))
        #expect(one.background != next.background)
    }
}
