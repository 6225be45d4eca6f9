/// Captions drawn into the picture, in the style a job asks for.
enum CaptionArt {
    typealias Word = CaptionGroups.Word

    /// The sizes of captions in an upright video, as ASS counts them.
    static let size = 88.0
    private static let lineSize = 66.0
    /// How much larger the spoken word is drawn.
    private static let emphasis = 1.08

    /// A scene's captions as ASS, in the time of its clip.
    static func document(_ scene: Timeline.Scene, brief: Brief, canvas: Canvas) -> [UInt8] {
        let begin = Double(scene.firstFrame) / Double(VideoSettings.frameRate)
        let length = Double(scene.frames) / Double(VideoSettings.frameRate)
        let isKaraoke = brief.captionStyle == .karaoke
        let words = shown(scene.words, begin: begin, brief)
        let enlargement = ScriptMetrics.enlargement(words.map(\.text).joined())
        let groups = CaptionGroups(
            width: Double(canvas.captionWidth),
            size: (isKaraoke ? size : lineSize) * canvas.scale * enlargement,
            most: isKaraoke ? 3 : .max, emphasis: isKaraoke ? emphasis : 1)
        var art = SubStation(
            size: canvas.video, matrix: "TV.709",
            styles: [
                .init(
                    name: "Caption", font: isKaraoke ? TypeMetrics.heavy : TypeMetrics.medium,
                    size: groups.size, outline: (isKaraoke ? 7 : 5) * canvas.scale,
                    shadow: 3 * canvas.scale, bold: true)
            ])
        let place = "\\an5\\pos(\(canvas.captionCentre.x),\(canvas.captionCentre.y))"
        let runs = groups.runs(words)
        let shown = isKaraoke ? runs.flatMap { $0.map { [$0] } } : runs.flatMap(pairs)
        for (index, lines) in shown.enumerated() {
            let next = index + 1 < shown.count ? shown[index + 1].first?.first?.start : nil
            let end = min(length, shownUntil(lines.last ?? [], next: next))
            let shrink = lines.map(groups.shrunk).min() ?? 1
            let head = "{\(place)\\fs\(decimal(groups.size * shrink))}"
            if isKaraoke, let group = lines.first {
                spell(group, head, accent: Palette(brief).accent.ass, until: end, in: &art)
            } else if let start = lines.first?.first?.start {
                let text = lines.map { line in
                    line.enumerated().map {
                        blank(before: $1, at: $0) + SubStation.escaped($1.text)
                    }
                    .joined()
                }
                art.add(
                    head + text.joined(separator: "\\N"), style: "Caption", layer: 2, from: start,
                    to: end)
            }
        }
        return art.bytes
    }

    /// A group once for each of its words, that word in the accent's colour while it is spoken.
    private static func spell(
        _ group: [Word], _ head: String, accent: String, until end: Double,
        in art: inout SubStation
    ) {
        let percent = Int(emphasis * 100)
        for (spoken, word) in group.enumerated() {
            let to = spoken + 1 < group.count ? group[spoken + 1].start : end
            guard SubStation.time(word.start) < SubStation.time(to) else { continue }
            var line = head
            for (position, other) in group.enumerated() {
                let text = SubStation.escaped(other.text)
                line += blank(before: other, at: position)
                line +=
                    position == spoken
                    ? "{\\c\(accent)\\fscx\(percent)\\fscy\(percent)}\(text)"
                        + "{\\c&HFFFFFF&\\fscx100\\fscy100}" : text
            }
            art.add(line, style: "Caption", layer: 2, from: word.start, to: to)
        }
    }

    private static func blank(before word: Word, at position: Int) -> String {
        word.spaced && position > 0 ? " " : ""
    }

    /// The words as they are drawn, in the clip's time. In capitals they go without the stops and
    /// commas that speech makes heard anyway.
    private static func shown(
        _ words: [Timeline.Word], begin: Double, _ brief: Brief
    ) -> [Word] {
        words.compactMap { word in
            var text = PlainText.clean(word.drawn ?? word.text)
            let endsClause = text.last.map { ",.;:，、。،؛".contains($0) } ?? false
            if brief.captionStyle == .karaoke {
                text = PlainText.capitals(text, language: brief.language)
                while let last = text.last, ",.;:，、。،؛".contains(last) { text.removeLast() }
            }
            guard !text.isEmpty else { return nil }
            return Word(
                text: text, start: max(0, word.start - begin), end: word.end - begin,
                spaced: !word.joined, endsClause: endsClause)
        }
    }

    /// The lines of what is said in one go, two at a time.
    private static func pairs(_ lines: [[Word]]) -> [[[Word]]] {
        stride(from: 0, to: lines.count, by: 2).map { Array(lines[$0..<min($0 + 2, lines.count)]) }
    }

    /// A group stays until the next if that comes soon, else a moment after its last word.
    private static func shownUntil(_ group: [Word], next: Double?) -> Double {
        let end = group.last?.end ?? 0
        guard let next else { return end + 0.5 }
        return next - end < 0.6 ? next : end + 0.4
    }
}
