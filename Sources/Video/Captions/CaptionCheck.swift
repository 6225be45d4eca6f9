import Core
import Pipeline

/// Whether captions, as they are drawn, keep clear of what the app covers: all of them are drawn
/// once more, small and on black, and the boxes around them measured.
enum CaptionCheck {
    /// How many times smaller the picture is than the video.
    private static let reduction = 4
    /// How often it is looked at in a second; a word is there for longer.
    private static let rate = 5

    /// The captions of all scenes in one document, in the video's time.
    static func document(_ timeline: Timeline, _ brief: Brief, _ canvas: Canvas) -> [UInt8] {
        var text = ""
        for (index, scene) in timeline.scenes.enumerated() {
            let begin = Double(scene.firstFrame) / Double(VideoSettings.frameRate)
            let art = String(
                decoding: CaptionArt.document(scene, brief: brief, canvas: canvas), as: UTF8.self)
            let lines = art.split(separator: "\n", omittingEmptySubsequences: false)
            for line in lines {
                // Layer, start, end, and the rest as it is.
                let fields = line.split(
                    separator: ",", maxSplits: 3, omittingEmptySubsequences: false)
                guard line.hasPrefix("Dialogue:"), fields.count == 4,
                    let start = seconds(fields[1]), let end = seconds(fields[2])
                else {
                    if index == 0 { text += line + "\n" }
                    continue
                }
                text +=
                    "\(fields[0]),\(SubStation.time(begin + start)),\(SubStation.time(begin + end)),\(fields[3])\n"
            }
        }
        return Array(text.utf8)
    }

    /// Reads `0:00:01.20`.
    static func seconds(_ text: Substring) -> Double? {
        let parts = text.split(separator: ":").compactMap { Double($0) }
        guard parts.count == 3 else { return nil }
        return parts[0] * 3600 + parts[1] * 60 + parts[2]
    }

    /// The tool that draws the document, `captions.ass`, and measures it.
    static func tool(
        _ timeline: Timeline, _ canvas: Canvas, _ settings: VideoSettings
    ) -> ToolInvocation {
        let (width, height) = (canvas.video.width / reduction, canvas.video.height / reduction)
        let source =
            "color=black:s=\(width)x\(height):r=\(rate):d=\(decimal(timeline.seconds))"
        return ToolInvocation(
            settings.ffmpeg,
            FFmpeg.quiet + ["-f", "lavfi", "-i", source, "-vf"]
                + ["ass=captions.ass,bbox=min_val=40,metadata=mode=print:file=boxes.txt"]
                + ["-f", "null", "-"])
    }

    /// What is wrong with the boxes that the tool found.
    static func fault(_ bytes: [UInt8], _ canvas: Canvas) -> String? {
        let covered = canvas.covered
        // A pixel of the small picture may hold no more than the edge of one.
        let slack = reduction
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=")
            guard parts.count == 2, let value = Int(parts[1]) else { continue }
            let first = value * reduction + slack
            let last = (value + 1) * reduction - slack
            let (side, excess) =
                switch parts[0] {
                case "lavfi.bbox.x1": ("left", covered.left - first)
                case "lavfi.bbox.x2": ("right", last - (canvas.video.width - covered.right))
                case "lavfi.bbox.y1": ("top", covered.top - first)
                case "lavfi.bbox.y2": ("bottom", last - (canvas.video.height - covered.bottom))
                default: ("", 0)
                }
            if excess > 0 {
                return "a caption reaches \(excess) pixels into what the app covers at the \(side)"
            }
        }
        return nil
    }
}
