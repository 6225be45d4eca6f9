/// A part of a video to jump to.
struct Chapter: Hashable, Codable, Sendable {
    /// When it begins, in seconds.
    var start: Double
    var title: String

    /// The least length of a chapter, in seconds, and how many there have to be: YouTube's
    /// conditions (support.google.com/youtube/answer/9884579, read in 2026).
    private static let shortest = 10.0
    private static let fewest = 3

    /// The chapters of a video: its scenes, those that are short together with the ones after
    /// them. The first begins at 0.
    static func of(_ scenes: [VideoMetadata.Scene]) -> [Chapter] {
        var chapters: [Chapter] = []
        let end = scenes.last.map { $0.start + $0.duration } ?? 0
        for scene in scenes {
            if let last = chapters.last {
                guard scene.start - last.start >= shortest, end - scene.start >= shortest else {
                    continue
                }
            }
            chapters.append(Chapter(start: scene.start, title: scene.heading))
        }
        return chapters
    }

    /// The chapters as lines of a description, `0:00 Title`; nil if they are too few to be taken
    /// for chapters there.
    static func lines(_ chapters: [Chapter]) -> String? {
        guard chapters.count >= fewest else { return nil }
        return chapters.map { chapter in
            let second = Int(chapter.start.rounded(.up))
            let rest = second % 60
            return "\(second / 60):\(rest < 10 ? "0" : "")\(rest) \(chapter.title)"
        }.joined(separator: "\n")
    }
}
