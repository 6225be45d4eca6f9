import Testing

@testable import Video

@Suite struct DesignTests {
    @Test(arguments: Platform.allCases, [28, 90, 144, 145, 159, 300, 2000])
    func pansStayOnTheCanvas(_ platform: Platform, _ frames: Int) {
        let canvas = Canvas(platform)
        for backward in [false, true] {
            let pan = Pan(frames: frames, travel: canvas.travel, backward: backward)
            var before = pan.position(at: 0)
            for frame in 0..<frames {
                let position = pan.position(at: frame)
                #expect((0...canvas.travel).contains(position))
                #expect(!pan.keepsToGrid || position % 2 == 0)
                #expect(abs(position - before) <= 2)
                before = position
            }
        }
    }

    @Test func saysPositionsAsExpressions() {
        let fast = Pan(frames: 100, travel: 288, backward: false)
        #expect(fast.expression(from: 0) == "44+2*n")
        #expect(fast.position(at: 50) == 144)
        let slow = Pan(frames: 400, travel: 288, backward: true)
        #expect(slow.expression(from: 400) == "243-floor((n+400)/2)*1")
    }

    @Test func headingsFit() {
        for platform in Platform.allCases {
            let area = Canvas(platform).headingArea
            #expect(area.right - area.left > 500 && area.bottom - area.top > 350)
        }
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
        let cards = { (heading: String) in
            (0..<4).count { index in
                let art = CardDesign(Brief(topic: "Tides"), index: index).art(heading: heading)
                return String(decoding: art, as: UTF8.self).contains("1a&H78&")
            }
        }
        #expect(cards("Tides") == 4)
        #expect(cards("Unter unseren Füßen") < 4)
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
