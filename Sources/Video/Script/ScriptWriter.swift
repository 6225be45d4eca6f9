import Core
import Pipeline

/// Writes the script: from the job's own words where it brings some, else from a template.
enum ScriptWriter {
    /// Whether the job says itself what is to be spoken.
    static func hasOwnWords(_ brief: Brief) -> Bool {
        brief.script != nil || !brief.keyPoints.isEmpty
    }

    /// The provider of the script. Before anything is made it looks at the files that the job names, so
    /// that one that cannot be used fails it at once.
    static func provider(
        _ name: String, _ brief: Brief, _ settings: VideoSettings
    ) -> Provider {
        let pictures = Pictures.named(in: brief)
        var externals = pictures.map(\.path)
        if case .file(let path) = brief.music { externals.append(path) }
        return Provider(name, machine: [.ourselves], externals: externals) {
            files throws(Failure) in
            if case .file(let path) = brief.music { try MusicFile.examine(path, files) }
            for picture in pictures {
                _ = try ImageFile.examine(picture.path, field: picture.field, files)
            }
            let (script, degradations) = try write(brief, settings)
            return Production(
                files: ["draft.json": try StoredJSON.encode(script, place: ScriptReview.draft)],
                outputs: .files([.init("draft.json", as: ScriptReview.draft)]),
                degradations: degradations)
        }
    }

    /// The script for a brief, and what is less than was asked for.
    static func write(
        _ brief: Brief, _ settings: VideoSettings
    ) throws(Failure) -> (script: Script, degradations: [String]) {
        var scenes: [Script.Scene]
        var degradations: [String] = []
        var duration = brief.duration
        let template = ScriptTemplate.of(brief.language)
        let topic = PlainText.clean(brief.topic)
        if hasOwnWords(brief) {
            scenes = ownScenes(brief)
        } else {
            guard PlainText.isSpeakable(topic) else { throw nothingToSay("topic") }
            if let template {
                duration = duration ?? 30
                let topic = PlainText.withHosts(topic)
                (scenes, degradations) = made(brief, topic, template, duration ?? 30)
            } else {
                scenes = grouped(PlainText.sentences(brief.topic), brief.language)
                degradations.append(
                    "No template for language '\(brief.language)': only the topic is spoken.")
            }
            if brief.tone != nil || brief.audience != nil {
                degradations.append(
                    "The template has one tone: 'tone' and 'audience' had no effect.")
            }
        }
        guard !scenes.isEmpty else { throw nothingToSay("script") }
        let leftOut = PlainText.leftOut(texts(brief).joined())
        if !leftOut.isEmpty {
            degradations.append(
                "Pictures can be neither spoken nor drawn, and were left out: "
                    + PlainText.named(leftOut) + ".")
        }
        if hasOwnWords(brief) || template == nil {
            scenes = framed(scenes, brief)
            try refuseIfMuchTooLong(scenes, duration, brief, settings)
        }
        scenes = Pictures.assigned(brief, to: scenes)
        let script = Script(
            title: PlainText.shortened(topic.isEmpty ? scenes[0].heading : topic, to: 100),
            scenes: scenes,
            description: description(topic, scenes, hasOwnWords(brief) ? nil : template),
            hashtags: hashtags(brief, topic), language: brief.language, duration: duration)
        return (script, degradations)
    }

    /// All that a job says.
    private static func texts(_ brief: Brief) -> [String] {
        var texts = [brief.topic, brief.hook ?? "", brief.callToAction ?? ""] + brief.keyPoints
        switch brief.script {
        case .text(let text): texts.append(text)
        case .scenes(let scenes): texts += scenes.flatMap { [$0.heading ?? "", $0.narration] }
        case nil: break
        }
        return texts
    }

    /// The job's own script, or its points one a scene.
    private static func ownScenes(_ brief: Brief) -> [Script.Scene] {
        switch brief.script {
        case .text(let text): return grouped(PlainText.sentences(text), brief.language)
        case .scenes(let given):
            return given.compactMap { scene in
                let narration = PlainText.clean(scene.narration)
                guard PlainText.isSpeakable(narration) else { return nil }
                let heading = scene.heading.map { PlainText.clean($0) } ?? ""
                return Script.Scene(
                    heading: heading.isEmpty
                        ? Heading.of(narration, language: brief.language) : heading,
                    narration: narration, image: scene.image)
            }
        case nil:
            return brief.keyPoints.map { PlainText.clean($0) }.filter { PlainText.isSpeakable($0) }
                .map {
                    Script.Scene(
                        heading: Heading.of($0, language: brief.language), narration: stopped($0))
                }
        }
    }

    /// The hook before the scenes and the call to action after them, each a scene of its own.
    private static func framed(_ scenes: [Script.Scene], _ brief: Brief) -> [Script.Scene] {
        let scene = { (text: String?) -> [Script.Scene] in
            guard let text = text.map({ PlainText.clean($0) }), PlainText.isSpeakable(text) else {
                return []
            }
            return [
                Script.Scene(
                    heading: Heading.of(text, language: brief.language), narration: stopped(text))
            ]
        }
        return scene(brief.hook) + scenes + scene(brief.callToAction)
    }

    /// A script from the template, the job's hook and call to action around it if there is time.
    private static func made(
        _ brief: Brief, _ topic: String, _ template: ScriptTemplate, _ duration: Double
    ) -> ([Script.Scene], [String]) {
        let around = framed([], brief)
        let aroundTime = around.reduce(0) {
            $0 + SpeechRate.seconds($1.narration, brief.language) + Timeline.pad
        }
        // Some is kept free, for the voice may be slower than the estimate.
        let time = duration * 0.95
        let fits = aroundTime <= time * 0.6
        let (scenes, cut) = template.scenes(
            topic: topic, language: brief.language, seconds: fits ? time - aroundTime : time,
            pad: Timeline.pad + 0.1,
            seed: SeededRandom.seed(topic))
        var degradations: [String] = []
        if cut {
            degradations.append("The topic is too long to be spoken in full and was cut short.")
        }
        if !fits {
            degradations.append(
                "'hook' and 'call_to_action' were left out: too long for the duration.")
        }
        let all = fits ? framed(scenes, brief) : scenes
        let spoken = all.reduce(0) { $0 + SpeechRate.seconds($1.narration, brief.language) }
        if duration > 20, spoken < duration * 0.6 {
            degradations.append(
                "The template has words for about \(Int(spoken)) s; the pauses are longer instead.")
        }
        return (all, degradations)
    }

    /// Sentences grouped into scenes of about four to five seconds.
    private static func grouped(_ sentences: [String], _ language: String) -> [Script.Scene] {
        var groups: [String] = []
        for sentence in sentences {
            if let last = groups.last, SpeechRate.seconds(last + " " + sentence, language) <= 5.2 {
                groups[groups.count - 1] = last + " " + sentence
            } else {
                groups.append(sentence)
            }
        }
        return groups.map {
            Script.Scene(heading: Heading.of($0, language: language), narration: $0)
        }
    }

    /// Fails for a script that cannot fit even if the voice is faster than the estimate; the
    /// timeline decides the close cases, by the speech as measured.
    private static func refuseIfMuchTooLong(
        _ scenes: [Script.Scene], _ duration: Double?, _ brief: Brief, _ settings: VideoSettings
    ) throws(Failure) {
        let speech = scenes.reduce(0) { $0 + SpeechRate.seconds($1.narration, brief.language) }
        let pads = Timeline.pad * Double(scenes.count)
        let limit = duration ?? VideoSettings.durations.upperBound
        guard speech * 0.75 / settings.fastestTempo + pads > limit else { return }
        throw Timeline.tooLong(needed: speech / settings.fastestTempo + pads, given: limit)
    }

    private static func stopped(_ text: String) -> String {
        guard let last = text.last, !".!?…。！？؟।:;".contains(last) else { return text }
        return text + "."
    }

    private static func description(
        _ topic: String, _ scenes: [Script.Scene], _ template: ScriptTemplate?
    ) -> String {
        if let template {
            return stopped(PlainText.shortened(topic, to: 200)) + " " + template.description
        }
        return PlainText.shortened(scenes.map(\.narration).joined(separator: " "), to: 300)
    }

    private static func hashtags(_ brief: Brief, _ topic: String) -> [String] {
        let words = Keywords.of(topic, language: brief.language, limit: 4).filter { $0.count <= 30 }
        let category = brief.category.flatMap { $0.count <= 30 ? $0 : nil } ?? ""
        let candidates =
            words + [category] + [brief.platform == .youtubeShorts ? "Shorts" : ""]
        var tags: [String] = []
        for tag in candidates.compactMap({ Keywords.hashtag(PlainText.clean($0)) })
        where !tags.contains(tag) {
            tags.append(tag)
        }
        return tags
    }

    private static func nothingToSay(_ field: String) -> Failure {
        Failure(
            .permanent, code: "nothing_to_say", operation: "write the script from", subject: field,
            cause: "there is no letter or digit in it that a voice could speak",
            hint: "Give a topic or a script with words")
    }
}

extension VideoProvider {
    /// The job's own words.
    static let brief = VideoProvider(
        "brief", .script, suits: ScriptWriter.hasOwnWords
    ) { request in
        guard ScriptWriter.hasOwnWords(request.brief) else { return nil }
        return ScriptWriter.provider("brief", request.brief, request.settings)
    }

    /// Sentences around the topic, for a job that brings no words.
    static let template = VideoProvider(
        "template", .script,
        suits: { !ScriptWriter.hasOwnWords($0) }
    ) { request in
        guard !ScriptWriter.hasOwnWords(request.brief) else { return nil }
        return ScriptWriter.provider("template", request.brief, request.settings)
    }
}
