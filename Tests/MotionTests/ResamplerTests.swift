import CMotion
import Testing

@testable import Motion

@Suite struct ResamplerTests {
    @Test func isExactWhereNothingChanges() throws {
        let picture = try #require(noise(64, 48))
        #expect(drawn(picture, Window(x: 0, y: 0, width: 64), 64, 48) == picture.bytes)
        let part = drawn(picture, Window(x: 6, y: 10, width: 32), 32, 24)
        for row in 0..<24 {
            let from = (row + 10) * 64 + 6
            #expect(Array(part[row * 32..<row * 32 + 32]) == Array(picture.bytes[from..<from + 32]))
        }
        let chroma = 64 * 48 + 5 * 32 + 3
        #expect(Array(part[32 * 24..<32 * 24 + 16]) == Array(picture.bytes[chroma..<chroma + 16]))
    }

    /// Both ways to draw a row, against the formula in floating point.
    @Test(arguments: [
        Window(x: 3.3, y: 1.7, width: 40), Window(x: 0, y: 0, width: 46.25),
        Window(x: 5.51, y: 2.49, width: 33.9), Window(x: -4, y: -4, width: 60),
    ])
    func interpolates(_ window: Window) throws {
        let picture = try #require(noise(48, 40))
        let frame = drawn(picture, window, 40, 30)
        let step = window.width / 40
        for row in 0..<30 {
            for column in 0..<40 {
                let x = min(max(window.x + (Double(column) + 0.5) * step - 0.5, 0), 47)
                let y = min(max(window.y + (Double(row) + 0.5) * step - 0.5, 0), 39)
                let at = { (column: Int, row: Int) in
                    Double(picture.bytes[min(row, 39) * 48 + min(column, 47)])
                }
                let (i, j) = (Int(x), Int(y))
                let (f, g) = (x - Double(i), y - Double(j))
                let above = at(i, j) * (1 - f) + at(i + 1, j) * f
                let below = at(i, j + 1) * (1 - f) + at(i + 1, j + 1) * f
                let wanted = above * (1 - g) + below * g
                // 1/512 of a pixel is half a step of 255 at the worst edge, twice.
                #expect(abs(Double(frame[row * 40 + column]) - wanted) < 1.6)
            }
        }
    }

    /// Windows that touch or leave the still's edges: nothing beyond it is read, and a plain still
    /// stays plain.
    @Test func staysOnTheStill() throws {
        let picture = try #require(still(20, 20) { _, _ in 201 })
        for (x, y, width) in [
            (0.0, 0.0, 20.0), (10, 10, 10), (19.9, 19.9, 2), (-50, -50, 10), (100, 100, 10),
            (0, 0, 40), (-99_999, 99_999, 1),
        ] {
            let frame = drawn(picture, Window(x: x, y: y, width: width), 16, 16)
            #expect(frame[..<256].allSatisfy { $0 == 201 })
            #expect(frame[256...].allSatisfy { $0 == 128 })
        }
        let tiny = try #require(noise(2, 2))
        #expect(drawn(tiny, Window(x: 0, y: 0, width: 2), 4, 4).count == 24)
    }

    @Test func readsStills() throws {
        let picture = try #require(noise(6, 4))
        let file = { (header: String) in Array(header.utf8) + picture.bytes }
        #expect(
            Still(yuv4mpeg: file("YUV4MPEG2 W6 H4 F25:1 Ip A1:1 C420jpeg X=Y\nFRAME\n")) == picture)
        #expect(Still(yuv4mpeg: file("YUV4MPEG2 W6 H4\nFRAME Ip\n")) == picture)
        for bad in [
            "", "\n", "YUV4MPEG2 W6 H4\n", "YUV4MPEG W6 H4\nFRAME\n",
            "YUV4MPEG2 W6 H4 C444\nFRAME\n",
            "YUV4MPEG2 W6\nFRAME\n", "YUV4MPEG2 W6 H6\nFRAME\n", "YUV4MPEG2 W-6 H-4\nFRAME\n",
            "YUV4MPEG2 W99999999999 H99999999999\nFRAME\n", "YUV4MPEG2 W6 H4\nFRAM\n",
            "YUV4MPEG2 W5 H4\nFRAME\n",
        ] {
            #expect(Still(yuv4mpeg: file(bad)) == nil, "\(bad)")
        }
        #expect(Still(width: 6, height: 4, bytes: [1]) == nil)
    }
}

/// With and without vector instructions the bytes are the same, at every width and every step.
@Suite(.serialized) struct VectorTests {
    @Test func giveTheSameBytes() throws {
        try #require(cmotion_is_vectorized() == 1, "this processor has no vectors to compare with")
        defer { cmotion_set_vectorized(1) }
        let picture = try #require(noise(150, 90, seed: 9))
        for width in [2, 8, 14, 16, 30, 64, 100, 142] {
            for window in [
                Window(x: 0, y: 0, width: 150), Window(x: 3.3, y: 7.7, width: Double(width)),
                Window(x: 60.21, y: 20, width: 89.7), Window(x: 140, y: 80, width: 10),
                Window(x: -9, y: -9, width: 700),
            ] {
                let fast = drawn(picture, window, width, 40)
                cmotion_set_vectorized(0)
                let plain = drawn(picture, window, width, 40)
                cmotion_set_vectorized(1)
                #expect(fast == plain, "\(width) \(window)")
            }
        }
    }
}
