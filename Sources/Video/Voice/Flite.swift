import Pipeline

/// flite, which speaks English.
enum Flite {
    /// flite 2.2's built-in voices, as `flite -lv` lists them. `awb_time`, which can only tell the time of day, is
    /// left out.
    static let names = ["kal", "kal16", "awb", "rms", "slt"]

    static let voices = Voices(
        listing: "flite has \(names.joined(separator: ", "))",
        has: { names.contains($0) },
        speaks: { Language.primary(of: $0) == "en" },
        choose: { brief, settings in
            guard Language.primary(of: brief.language) == "en" else { return nil }
            guard let wanted = brief.voice else { return settings.englishVoice }
            return names.first { $0 == wanted }
        })

    /// What it reads of a request, and with which voice; nil for text that it cannot read.
    fileprivate static func reading(_ request: VideoRequest) -> (voice: String, words: [String])? {
        guard let voice = voices.choose(request.brief, request.settings),
            let words = request.scene.flatMap({ Narration.asciiWords($0.narration) })
        else { return nil }
        return (voice, words)
    }
}

extension VideoProvider {
    /// Asked through `reeld-speak`, which says when it speaks each word.
    static let flite = VideoProvider(
        "flite", .narration,
        voices: Flite.voices, programs: { [$0.speak] }
    ) { request in
        guard let (voice, words) = Flite.reading(request) else { return nil }
        return Narration.provider(
            "flite", words, index: request.index, isTimed: true,
            ToolInvocation(
                request.settings.speak, ["flite", voice, "words.txt", "speech.wav", "times.txt"]),
            data: [request.settings.voice(["flite", voice])])
    }

    /// Where that cannot be had: by its own program, which does not.
    static let untimedFlite = VideoProvider(
        "flite-untimed", .narration,
        voices: Flite.voices, programs: { [$0.flite] }
    ) { request in
        guard let (voice, words) = Flite.reading(request) else { return nil }
        return Narration.provider(
            "flite-untimed", words, index: request.index, isTimed: false,
            ToolInvocation(
                request.settings.flite, ["-voice", voice, "-f", "text.txt", "-o", "speech.wav"]))
    }
}
