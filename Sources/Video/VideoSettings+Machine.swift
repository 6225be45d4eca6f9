import Pipeline

/// What of the machine decides what a video is, beside its programs' own files.
extension VideoSettings {
    /// The programs that videos are made with, each once. Those who speak can stand in for one another.
    public var programs: [String] {
        let brief = Brief(topic: "")
        var programs: [String] = []
        for task in VideoTask.allCases {
            for program in task.chain(brief, self).flatMap({ $0.programs(self) })
            where !programs.contains(program) {
                programs.append(program)
            }
        }
        return programs
    }

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
