import Core

/// What a provider can speak with.
struct Voices: Sendable {
    /// What there is, as a clause: `flite has kal and slt`.
    let listing: String
    /// Whether it has a voice of that name.
    let has: @Sendable (String) -> Bool
    /// Whether it has one for a language, a BCP 47 tag.
    let speaks: @Sendable (String) -> Bool
    /// Its name for the voice that a job is spoken with: the one wanted, or where another provider has that, its
    /// own for the language. Nil if it has none. It comes from our own tables, never from the job.
    let choose: @Sendable (Brief, VideoSettings) -> String?

    /// Why none of a chain can speak as a job asks; nil if one can.
    static func objection(
        to brief: Brief, _ settings: VideoSettings, _ chain: [VideoProvider]
    ) -> (field: String, failure: Failure)? {
        let all = chain.compactMap(\.voices)
        let names = chain.map(\.name).joined(separator: ", ")
        guard all.contains(where: { $0.speaks(brief.language) }) else {
            return (
                "language",
                Failure(
                    .permanent, code: "unsupported_language", operation: "find a voice for",
                    subject: "language '\(brief.language)'",
                    cause: "none of \(names) has a voice for it",
                    hint: "`espeak-ng --voices` lists the languages; give one as a BCP 47 tag")
            )
        }
        guard let wanted = brief.voice else { return nil }
        let holders = all.filter { $0.has(wanted) }
        guard !holders.isEmpty else {
            var listings: [String] = []
            for listing in all.map(\.listing) where !listings.contains(listing) {
                listings.append(listing)
            }
            return (
                "voice",
                Failure(
                    .permanent, code: "unknown_voice", operation: "find",
                    subject: "voice '\(wanted)'", cause: "none of \(names) has it",
                    hint: listings.joined(separator: "; "))
            )
        }
        guard !holders.contains(where: { $0.choose(brief, settings) != nil }) else { return nil }
        return (
            "voice",
            Failure(
                .permanent, code: "unsuitable_voice", operation: "use",
                subject: "voice '\(wanted)'",
                cause: "it does not speak the job's language, '\(brief.language)'",
                hint: "Leave 'voice' out, or give one of that language")
        )
    }
}
