import Testing

@testable import Motion

@Suite struct JourneyTests {
    /// A soft spot is followed through all frames: what its centre does is what the eye sees. A
    /// motion in whole pixels would have accelerations of half a pixel and more.
    @Test(arguments: [
        Journey(
            from: Window(x: 0, y: 0, width: 116), to: Window(x: 8, y: 8, width: 100), frames: 90
        ),
        Journey(
            from: Window(x: 8, y: 8, width: 100), to: Window(x: 0, y: 0, width: 116), frames: 90
        ),
        Journey(
            from: Window(x: 3, y: 2, width: 100), to: Window(x: 13, y: 14.5, width: 100), frames: 97
        ),
        Journey(
            from: Window(x: 0, y: 0, width: 116), to: Window(x: 8, y: 8, width: 100),
            pace: .swing(legs: 2), frames: 180),
    ])
    func isSmoothToAFractionOfAPixel(_ journey: Journey) throws {
        let picture = try #require(
            still(116, 116) { column, row in
                let x = Double(column) - 88.3
                let y = Double(row) - 30.7
                return UInt8(max(0, 220 - (x * x + y * y) * 0.9))
            })
        let centres = (0..<journey.frames).map { frame -> (x: Double, y: Double) in
            let frame = drawn(picture, journey.window(at: frame), 100, 100)
            var (sum, x, y) = (0.0, 0.0, 0.0)
            for row in 0..<100 {
                for column in 0..<100 {
                    let weight = Double(frame[row * 100 + column])
                    sum += weight
                    x += weight * Double(column)
                    y += weight * Double(row)
                }
            }
            return (x / sum, y / sum)
        }
        #expect(abs(centres[0].x - centres[journey.frames / 2].x) > 1, "it moves")
        let accelerations = (1..<journey.frames - 1).map { frame in
            let x = centres[frame - 1].x - 2 * centres[frame].x + centres[frame + 1].x
            let y = centres[frame - 1].y - 2 * centres[frame].y + centres[frame + 1].y
            return x * x + y * y
        }
        let rms = (accelerations.reduce(0, +) / Double(accelerations.count)).squareRoot()
        #expect(rms < 0.05, "px/frame²")
    }

    @Test func beginsAndEndsWhereItShould() {
        let start = Window(x: 1, y: 2, width: 30)
        let end = Window(x: 4, y: 6, width: 20)
        let straight = Journey(from: start, to: end, frames: 50)
        #expect(straight.window(at: 0) == start && straight.window(at: 49) == end)
        let back = Journey(from: start, to: end, pace: .swing(legs: 2), frames: 51)
        #expect(back.window(at: 25) == end && back.window(at: 50) == start)
        #expect(Journey(from: start, to: end, frames: 1).window(at: 0) == start)
    }
}
