import Core
import Pipeline
import Testing

@testable import Video

/// Captions as libass draws them, in every script, measured in pixels.
@Suite struct CaptionPictureTests {
    static let texts = [
        "en": "Twice a day, the sea comes in and goes out again, WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW!",
        "de": "Donaudampfschifffahrtsgesellschaftskapitänsmütze, überall Größe und Maß.",
        "ar": "كل يوم نتعلم شيئا جديدا، عن العالم من حولنا.",
        "he": "בכל יום אנחנו לומדים משהו חדש, על העולם.",
        "ja": "月は地球を引っぱり、海の水が集まります。",
        "zh": "我们每天都在学习新的东西，关于世界。",
        "ko": "우리는 매일 세계에 대해 새로운 것을 배웁니다.",
        "th": "ทุกวันเราเรียนรู้สิ่งใหม่เกี่ยวกับโลกของเรา",
        "hi": "हम हर दिन दुनिया के बारे में कुछ नया सीखते हैं।",
        "ta": "நாம் ஒவ்வொரு நாளும் புதியதைக் கற்கிறோம்.",
        "ru": "Каждый день мы узнаём что-то новое о мире.",
        "el": "Κάθε μέρα μαθαίνουμε κάτι καινούργιο.",
    ]

    /// Every frame's captions lie inside what the app leaves free, and there are some.
    @Test(arguments: texts.keys.sorted(), [CaptionStyle.karaoke, .line])
    func staysInsideTheSafeArea(_ language: String, _ style: CaptionStyle) async throws {
        var brief = Brief(topic: "x")
        brief.language = language
        brief.captionStyle = style
        let canvas = Canvas(.tiktok)
        let timeline = try Timeline(
            speech: [.init(start: 0, end: 5)], narrations: [Self.texts[language] ?? ""],
            duration: 5.5, fastest: 1)
        let document = CaptionArt.document(timeline.scenes[0], brief: brief, canvas: canvas)
        let box = try #require(try await Self.box(document, canvas))
        #expect(box.frames >= 4)
        #expect(box.left >= canvas.covered.left, "\(box)")
        #expect(box.right <= canvas.video.width - canvas.covered.right, "\(box)")
        #expect(box.top >= canvas.covered.top + 800, "\(box)")
        #expect(box.bottom <= canvas.video.height - canvas.covered.bottom, "\(box)")
        // And they use the room: what was estimated is not far from what is drawn.
        #expect(box.right - box.left > canvas.captionWidth / 2)
    }

    /// What surrounds all that a document draws in ten seconds, in pixels.
    struct Box {
        var left, right, top, bottom: Int
        /// On how many of ten frames there is anything.
        var frames: Int
    }

    static func box(_ document: [UInt8], _ canvas: Canvas) async throws -> Box? {
        let trial = Trial()
        let folder = Folder(path: trial.path("work"))
        try folder.write(document, to: "captions.ass")
        let size = "\(canvas.video.width)x\(canvas.video.height)"
        try await folder.run(
            ToolInvocation(
                "ffmpeg",
                FFmpeg.quiet + ["-f", "lavfi", "-i", "color=black:s=\(size):r=1:d=10", "-vf"]
                    + ["ass=captions.ass,bbox=min_val=40,metadata=mode=print:file=boxes.txt"]
                    + ["-f", "null", "-"]))
        let lines = String(decoding: try folder.read("boxes.txt", limit: 1 << 20), as: UTF8.self)
            .split(separator: "\n")
        func values(_ key: String) -> [Int] {
            let prefix = "lavfi.bbox.\(key)="
            return lines.compactMap {
                $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil
            }
        }
        guard let left = values("x1").min(), let right = values("x2").max(),
            let top = values("y1").min(), let bottom = values("y2").max()
        else { return nil }
        return Box(
            left: left, right: right, top: top, bottom: bottom, frames: values("w").count)
    }
}
