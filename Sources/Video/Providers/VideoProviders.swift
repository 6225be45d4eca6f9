extension VideoProvider {
    /// All there are: those of one task in order of preference.
    public static let all: [VideoProvider] = [
        .brief, .template, .acceptance,
        .flite, .untimedFlite, .espeak, .untimedEspeak,
        .titleCard, .pictureCard,
        .fontconfig, .uncheckedFonts,
        .timeline, .clip,
        .musicFile, .ambient, .mix, .level, .sound,
        .cut,
    ]
}
