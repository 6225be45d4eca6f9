import Testing

@testable import Video

@Suite struct ChapterTests {
    private func scenes(_ lengths: [Double]) -> [VideoMetadata.Scene] {
        var start = 0.0
        return lengths.enumerated().map { index, length in
            defer { start += length }
            return .init(
                heading: "Scene \(index + 1)", narration: "", start: start, duration: length)
        }
    }

    @Test(
        arguments: [
            ([5, 5, 5, 5, 5, 5], [0, 10, 20]), ([4, 4, 4, 4], [0]), ([30], [0]),
            ([12, 12, 5], [0, 12]),
            ([3, 61.2, 11], [0, 64.2]), ([], []),
        ] as [([Double], [Double])])
    func areTenSecondsAtLeast(_ lengths: [Double], _ starts: [Double]) {
        #expect(Chapter.of(scenes(lengths)).map(\.start) == starts)
    }

    @Test func standInTheDescriptionIfThereAreEnough() {
        let many = Chapter.of(scenes([12.5, 50, 20]))
        #expect(Chapter.lines(many) == "0:00 Scene 1\n0:13 Scene 2\n1:03 Scene 3")
        #expect(Chapter.lines(Array(many.prefix(2))) == nil)
    }
}
