import Pipeline

/// What of the machine decides what a video is, beside its programs' own files.
extension VideoSettings {
    /// The programs that videos are made with. Those who speak can stand in for one another.
    public var programs: [String] { [ffmpeg, ffprobe, motion, speak, flite, espeak, fontList] }

    /// Of what is made by ffmpeg alone.
    var ffmpegParts: [MachinePart] { [.ourselves, .program(ffmpeg)] }

    /// What is drawn with, wherever fontconfig is told that fonts are.
    var fonts: MachinePart {
        .files(
            name: "fonts",
            paths: [
                "/etc/fonts", "/usr/share/fontconfig", "/usr/share/fonts",
                "/usr/local/share/fonts",
            ], namedBy: .init(fontList, ["--format", "%{file|dirname}\\n"]))
    }

    /// What reeld-speak loads to speak with a voice.
    func voice(_ words: [String]) -> MachinePart {
        .files(
            name: "voice \(words.joined(separator: " "))",
            namedBy: .init(speak, ["--files"] + words))
    }

    /// What espeak-ng speaks by.
    var espeakData: MachinePart {
        .files(name: "data of espeak-ng", namedBy: .init(espeak, ["--version"]))
    }
}
