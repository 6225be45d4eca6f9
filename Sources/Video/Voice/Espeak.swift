import Pipeline

/// espeak-ng, which speaks a hundred languages.
enum Espeak {
    static let voices = Voices(
        listing: "`espeak-ng --voices` lists those of espeak-ng",
        has: { Language.espeakVoice(for: $0) != nil },
        speaks: { Language.espeakVoice(for: $0) != nil },
        choose: { brief, _ in
            guard let own = Language.espeakVoice(for: brief.language) else { return nil }
            return brief.voice.flatMap(Language.espeakVoice) ?? own
        })

    /// What it reads of a request, and with which voice.
    fileprivate static func reading(_ request: VideoRequest) -> (voice: String, words: [String])? {
        guard let voice = voices.choose(request.brief, request.settings),
            let text = request.scene?.narration
        else { return nil }
        // `[[` would start espeak-ng's own phoneme notation.
        return (
            voice, PlainText.words(text.replacing("[", with: "(").replacing("]", with: ")"))
        )
    }
}

extension VideoProvider {
    /// Asked through `reeld-speak`, which says when it speaks each word.
    static let espeak = VideoProvider(
        "espeak-ng", .narration,
        voices: Espeak.voices, programs: { [$0.speak] }
    ) { request in
        guard let (voice, words) = Espeak.reading(request) else { return nil }
        let pace = String(request.settings.speakingRate)
        return Narration.provider(
            "espeak-ng", words, index: request.index, isTimed: true,
            ToolInvocation(
                request.settings.speak,
                ["espeak-ng", voice, pace, "words.txt", "speech.wav", "times.txt"]),
            data: [request.settings.voice(["espeak-ng", voice])])
    }

    /// Where that cannot be had: by its own program, which does not.
    static let untimedEspeak = VideoProvider(
        "espeak-ng-untimed", .narration,
        voices: Espeak.voices, programs: { [$0.espeak] }
    ) { request in
        guard let (voice, words) = Espeak.reading(request) else { return nil }
        let pace = String(request.settings.speakingRate)
        return Narration.provider(
            "espeak-ng-untimed", words, index: request.index, isTimed: false,
            ToolInvocation(
                request.settings.espeak,
                ["-b", "1", "-v", voice, "-s", pace, "-f", "text.txt", "-w", "speech.wav"]),
            data: [request.settings.espeakData])
    }
}
