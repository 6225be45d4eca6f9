import Core
import Motion
import Pipeline

/// The picture that stands for the video: of a few scenes as they look in the middle, without
/// captions, the one with the most contrast and the sharpest edges.
struct Poster: Sendable {
    /// The scenes looked at, by their index.
    private let candidates: [Int]
    private let canvas: Canvas
    private let brief: Brief
    private let timeline: Timeline

    /// How many scenes are looked at, at most.
    private static let most = 5
    /// How wide and high the small grey copies are that are measured, the longer side.
    private static let reach = 320

    init(_ timeline: Timeline, _ brief: Brief) {
        self.timeline = timeline
        self.brief = brief
        canvas = Canvas(brief)
        let count = timeline.scenes.count
        let chosen = min(count, Self.most)
        candidates = (0..<chosen).map { $0 * count / chosen }
    }

    private var small: PixelSize {
        let (width, height) = (canvas.video.width, canvas.video.height)
        let longer = max(width, height)
        return PixelSize(width: width * Self.reach / longer, height: height * Self.reach / longer)
    }

    /// The tools that make the candidates.
    func tools(_ files: any SessionFiles, _ settings: VideoSettings) -> [ToolInvocation] {
        candidates.map { index in
            let frames = timeline.scenes[index].frames
            let journey = CardDesign(brief, index: index).route.journey(frames: frames)
            let window = journey.window(at: frames / 2)
            let film = Film(
                width: canvas.video.width, height: canvas.video.height, frames: 1,
                shot: Film.Shot(
                    still: files.path(Card.place(index, brief)),
                    journey: Journey(from: window, to: window, frames: 1)))
            let graph =
                "setsar=1,split[picture][copy];[copy]scale=\(small.width):\(small.height):flags=area,"
                + "format=gray[grey]"
            return ToolInvocation(
                settings.motion,
                film.arguments + ["--", settings.ffmpeg] + FFmpeg.quiet
                    + Clip.input(film) + ["-filter_complex", graph, "-map", "[picture]"]
                    + ["-q:v", "3", "-threads", "1"] + FFmpeg.exact
                    + ["-update", "1", "file:\(Self.name(index)).jpg", "-map", "[grey]"]
                    + ["-f", "rawvideo", "file:\(Self.name(index)).grey"])
        }
    }

    private static func name(_ index: Int) -> String { "poster_\(Narration.number(index))" }

    /// The bytes of the best one.
    func best(_ work: any WorkFiles) throws(Failure) -> [UInt8] {
        var best = 0
        var highest = -1.0
        for index in candidates {
            let grey = try work.read("\(Self.name(index)).grey", limit: 1 << 20)
            let score = Self.score(grey, width: small.width)
            if score > highest { (best, highest) = (index, score) }
        }
        return try work.read("\(Self.name(best)).jpg", limit: 1 << 24)
    }

    /// How much there is to see in a grey picture: its contrast, the standard deviation of its
    /// pixels, times its sharpness, the mean difference of neighbours.
    static func score(_ grey: [UInt8], width: Int) -> Double {
        guard width > 1, grey.count >= 2 * width else { return 0 }
        var (sum, squares, edges) = (0, 0, 0)
        for (index, pixel) in grey.enumerated() {
            let value = Int(pixel)
            sum += value
            squares += value * value
            if index % width > 0 { edges += abs(value - Int(grey[index - 1])) }
            if index >= width { edges += abs(value - Int(grey[index - width])) }
        }
        let count = Double(grey.count)
        let mean = Double(sum) / count
        let deviation = max(0, Double(squares) / count - mean * mean).squareRoot()
        return deviation * Double(edges) / count
    }
}
