/// Captions as files beside the video: SubRip and WebVTT.
enum CaptionFile {
    static let subRipPlace = "metadata/captions.srt"
    static let webVTTPlace = "metadata/captions.vtt"

    /// A line of text and when it is shown, in seconds.
    struct Cue: Hashable, Sendable {
        var start, end: Double
        var text: String
    }

    /// The cues of a timeline: up to `width` characters each, ended early by a sentence's end.
    /// A cue stays until the next if that comes soon, and never overlaps it.
    static func cues(_ timeline: Timeline, width: Int = 42) -> [Cue] {
        var cues: [Cue] = []
        for scene in timeline.scenes {
            var open = false
            for word in scene.words {
                let blank = word.joined ? "" : " "
                // Whoever shows the file breaks a word that is too long where it has to.
                let isPiece =
                    word.joined
                    && !word.text.unicodeScalars.contains(
                        where: Language.isUnspaced)
                if open, let last = cues.last,
                    isPiece || last.text.count + 1 + word.text.count <= width
                {
                    cues[cues.count - 1].text += blank + word.text
                    cues[cues.count - 1].end = word.end
                } else {
                    cues.append(Cue(start: word.start, end: word.end, text: word.text))
                }
                open = !(word.text.last.map { ".!?…。！？؟।".contains($0) } ?? false)
            }
        }
        for index in cues.indices {
            let next = index + 1 < cues.count ? cues[index + 1].start : timeline.seconds
            cues[index].end = min(max(cues[index].end + 0.3, cues[index].start + 0.7), next)
        }
        return cues
    }

    /// The cues as SubRip. It has no way to escape, so what could be taken for markup is replaced
    /// by its look-alikes.
    static func subRip(_ cues: [Cue]) -> String {
        var text = ""
        for (index, cue) in cues.enumerated() {
            let line = oneLine(cue.text).replacing("<", with: "‹").replacing(">", with: "›")
                .replacing("{", with: "(").replacing("}", with: ")").replacing("\\", with: "/")
            text += "\(index + 1)\n\(time(cue.start, ",")) --> \(time(cue.end, ","))\n\(line)\n\n"
        }
        return text
    }

    /// The cues as WebVTT (W3C), markup characters escaped.
    static func webVTT(_ cues: [Cue]) -> String {
        var text = "WEBVTT\n\n"
        for cue in cues {
            let line = oneLine(cue.text).replacing("&", with: "&amp;")
                .replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            text += "\(time(cue.start, ".")) --> \(time(cue.end, "."))\n\(line)\n\n"
        }
        return text
    }

    /// `00:01:02,345`.
    static func time(_ seconds: Double, _ point: String) -> String {
        let all = Int((max(0, seconds) * 1000).rounded())
        let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
        let milliseconds = all % 1000
        let three = (milliseconds < 100 ? "0" : "") + two(milliseconds)
        return
            "\(two(all / 3_600_000)):\(two(all / 60_000 % 60)):\(two(all / 1000 % 60))\(point)\(three)"
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
