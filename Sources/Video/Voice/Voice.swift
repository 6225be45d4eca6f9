import Core

/// A voice of one of the programs that speak.
enum Voice: Hashable, Sendable {
    case flite(String)
    case espeak(String)

    /// flite 2.2's built-in voices, as `flite -lv` lists them; all of them English. `awb_time`, which
    /// can only tell the time of day, is left out.
    static let fliteVoices = ["kal", "kal16", "awb", "rms", "slt"]

    /// The voices for a brief, in order of preference. Fails for a language or a voice that none
    /// of the programs has. What they hold comes from our own tables, never from the brief.
    static func candidates(
        _ brief: Brief, _ settings: VideoSettings
    ) throws(Failure) -> [Voice] {
        guard let spoken = Language.espeakVoice(for: brief.language) else {
            throw Failure(
                .permanent, code: "unsupported_language", operation: "find a voice for",
                subject: "language '\(brief.language)'",
                cause: "espeak-ng has no voice for it",
                hint: "`espeak-ng --voices` lists the languages; give one as a BCP 47 tag")
        }
        let isEnglish = Language.primary(of: brief.language) == "en"
        guard let wanted = brief.voice else {
            return isEnglish
                ? [.flite(settings.englishVoice), .espeak(spoken)] : [.espeak(spoken)]
        }
        if let voice = fliteVoices.first(where: { $0 == wanted }) {
            guard isEnglish else {
                throw Failure(
                    .permanent, code: "unsuitable_voice", operation: "use",
                    subject: "voice '\(wanted)'",
                    cause: "it speaks English, and the language is '\(brief.language)'",
                    hint: "Leave 'voice' out, or give one of espeak-ng")
            }
            return [.flite(voice), .espeak(spoken)]
        }
        guard let voice = Language.espeakVoice(for: wanted) else {
            throw Failure(
                .permanent, code: "unknown_voice", operation: "find", subject: "voice '\(wanted)'",
                cause: "neither flite nor espeak-ng has it",
                hint:
                    "flite has \(fliteVoices.joined(separator: ", ")); `espeak-ng --voices` lists the others"
            )
        }
        return [.espeak(voice)]
    }
}

extension Brief {
    /// Why no program can speak what the built-in pipeline would have it say; nil if one can.
    public var voiceFailure: Failure? {
        do throws(Failure) { _ = try Voice.candidates(self, VideoSettings()) } catch {
            return error
        }
        return nil
    }
}
