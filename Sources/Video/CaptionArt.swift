/// Captions drawn into the picture: a few words at a time, the one being spoken in the accent's
/// colour.
enum CaptionArt {
    /// A word on the picture.
    struct Word: Hashable, Sendable {
        var text: String
        var start, end: Double
        /// Whether a blank goes before it.
        var spaced: Bool
    }

    /// The size of captions in an upright video, as ASS counts it.
    static let size = 88.0
    /// How much larger the spoken word is drawn.
    private static let emphasis = 1.08

    /// A scene's captions as ASS, in the time of its clip.
    static func document(_ scene: Timeline.Scene, brief: Brief, canvas: Canvas) -> [UInt8] {
        let rate = Double(VideoSettings.frameRate)
        let begin = Double(scene.firstFrame) / rate
        let length = Double(scene.frames) / rate
        let size = Self.size * canvas.scale
        let accent = Palette(brief).accent.ass
        let percent = Int(emphasis * 100)
        var art = SubStation(
            size: canvas.video, matrix: "TV.709",
            styles: [
                .init(
                    name: "Caption", font: TypeMetrics.heavy, size: size, outline: 7 * canvas.scale,
                    shadow: 3 * canvas.scale, bold: true)
            ])
        let words = shown(scene.words, begin: begin, language: brief.language)
        let groups = grouped(words, width: Double(canvas.captionWidth), size: size)
        for (index, group) in groups.enumerated() {
            let next = index + 1 < groups.count ? groups[index + 1].first?.start : nil
            let end = min(length, shownUntil(group, next: next))
            let shrink = shrunk(group, width: Double(canvas.captionWidth), size: size)
            let place =
                "{\\an5\\pos(\(canvas.captionCentre.x),\(canvas.captionCentre.y))"
                + "\\fs\(decimal(size * shrink))}"
            for (spoken, word) in group.enumerated() {
                let from = word.start
                let to = spoken + 1 < group.count ? group[spoken + 1].start : end
                guard SubStation.time(from) < SubStation.time(to) else { continue }
                var line = place
                for (position, other) in group.enumerated() {
                    let blank = other.spaced && position > 0 ? " " : ""
                    let text = SubStation.escaped(other.text)
                    line +=
                        position == spoken
                        ? blank + "{\\c\(accent)\\fscx\(percent)\\fscy\(percent)}\(text)"
                            + "{\\c&HFFFFFF&\\fscx100\\fscy100}" : blank + text
                }
                art.add(line, style: "Caption", layer: 2, from: from, to: to)
            }
        }
        return art.bytes
    }

    /// The words as they are drawn, in the clip's time: in capitals, without the stops and commas
    /// that speech makes heard anyway.
    private static func shown(
        _ words: [Timeline.Word], begin: Double, language: String
    ) -> [Word] {
        words.compactMap { word in
            var text = PlainText.capitals(PlainText.clean(word.text), language: language)
            while let last = text.last, ".,;:，、。".contains(last) { text.removeLast() }
            guard !text.isEmpty else { return nil }
            return Word(
                text: text, start: max(0, word.start - begin), end: word.end - begin,
                spaced: !word.joined)
        }
    }

    /// Words into groups that fit on a line. A mark that ends a sentence, or a silence, ends a
    /// group. What is said in one go gets as few groups as it can, of about the same width, so
    /// that no word is left over at the end.
    static func grouped(_ words: [Word], width: Double, size: Double) -> [[Word]] {
        var runs: [[Word]] = []
        for word in words {
            if let before = runs.last?.last, word.start - before.end < 0.25,
                !(before.text.last.map { "!?…！？؟।".contains($0) } ?? false)
            {
                runs[runs.count - 1].append(word)
            } else {
                runs.append([word])
            }
        }
        return runs.flatMap { run in
            let fewest = filled(run, width: width, size: size)
            let narrower = stride(from: 0.4, to: 1, by: 0.05).lazy
                .map { filled(run, width: width * $0, size: size) }
            return narrower.first { $0.count == fewest.count } ?? fewest
        }
    }

    /// Words into groups, each as full as `width` allows.
    private static func filled(_ words: [Word], width: Double, size: Double) -> [[Word]] {
        var groups: [[Word]] = []
        for word in words {
            if let last = groups.last, Self.width(last + [word], size: size) <= width {
                groups[groups.count - 1].append(word)
            } else {
                groups.append([word])
            }
        }
        return groups
    }

    /// The width of a group while its widest word is spoken.
    private static func width(_ group: [Word], size: Double) -> Double {
        var all = 0.0
        var widest = 0.0
        for (index, word) in group.enumerated() {
            let own = TypeMetrics.width(word.text, size: size)
            widest = max(widest, own)
            all += own + (index > 0 && word.spaced ? TypeMetrics.width(" ", size: size) : 0)
        }
        return all + widest * (emphasis - 1)
    }

    /// What a group is made smaller by, for a single word wider than the line.
    private static func shrunk(_ group: [Word], width: Double, size: Double) -> Double {
        min(1, width / Self.width(group, size: size))
    }

    /// A group stays until the next if that comes soon, else a moment after its last word.
    private static func shownUntil(_ group: [Word], next: Double?) -> Double {
        let end = group.last?.end ?? 0
        guard let next else { return end + 0.5 }
        return next - end < 0.6 ? next : end + 0.4
    }
}
