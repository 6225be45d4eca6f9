import Glibc

/// Speaks a text into a file and tells when each line of it is spoken.
@main
struct Speak {
    static let help = """
        usage: reeld-speak flite VOICE TEXT WAVE TIMES
               reeld-speak espeak-ng VOICE PACE TEXT WAVE TIMES
               reeld-speak --files flite|espeak-ng VOICE

        Speaks the lines of the file TEXT, joined by blanks, with a voice of libflite or, at PACE
        words a minute, of libespeak-ng. Writes the sound to WAVE and to TIMES a line for each
        piece of text: the number of its line in TEXT and of its first character on that line,
        both from 0, and when it begins and ends in milliseconds.

        With --files it only names what it loads for a voice, a library or a directory of data a
        line.

        reeld runs it; it is of little use otherwise.

        Exit status: 0 spoken; 64 wrong usage; 65 the text cannot be spoken; 69 there is no such
        voice on this machine; 73 a file cannot be written.

        """

    static func main() {
        do throws(SpeechFault) {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            say("reeld-speak: \(error.message)\n", to: STDERR_FILENO)
            exit(error.status.rawValue)
        }
    }

    private static func run(_ arguments: [String]) throws(SpeechFault) {
        if arguments == ["--help"] {
            say(help, to: STDOUT_FILENO)
            return
        }
        if arguments.first == "--files", arguments.count == 3 {
            let data = try load(arguments[1], voice: arguments[2])
            say((SharedLibrary.loaded + data).map { $0 + "\n" }.joined(), to: STDOUT_FILENO)
            return
        }
        let files = arguments.suffix(3)
        let speech: Speech
        switch (arguments.first, arguments.count) {
        case ("flite", 5):
            speech = try Flite.speak(try lines(of: files.first), voice: arguments[1])
        case ("espeak-ng", 6):
            guard let pace = Int(arguments[2]), (80...450).contains(pace) else {
                throw SpeechFault(.usage, "the pace has to be 80 to 450, not '\(arguments[2])'")
            }
            speech = try EspeakNG.speak(
                try lines(of: files.first), voice: arguments[1], pace: pace)
        default: throw SpeechFault(.usage, "wrong arguments; try 'reeld-speak --help'")
        }
        guard !speech.samples.isEmpty else { throw SpeechFault(.data, "nothing was spoken") }
        let names = Array(files)
        try write(speech.wave, to: names[1])
        try write(Array(speech.eventText.utf8), to: names[2])
    }

    /// Loads what a voice needs, and returns the directories it has its data from.
    private static func load(
        _ engine: String, voice: String
    ) throws(SpeechFault) -> [String] {
        switch engine {
        case "flite":
            _ = try Flite.load(voice)
            return []
        case "espeak-ng": return try EspeakNG.load()
        default: throw SpeechFault(.usage, "there is no '\(engine)'; try 'reeld-speak --help'")
        }
    }

    private static func lines(of path: String?) throws(SpeechFault) -> [String] {
        guard let path, let file = fopen(path, "re") else {
            throw SpeechFault(.data, "cannot read the text: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            bytes += buffer.prefix(count)
        }
        // A NUL would end the text for the voices.
        guard ferror(file) == 0, !bytes.contains(0) else {
            throw SpeechFault(.data, "\(path) cannot be read, or is not text")
        }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(SpeechFault) {
        guard let file = fopen(path, "we") else {
            throw SpeechFault(
                .output, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
        guard fclose(file) == 0, isWritten else {
            throw SpeechFault(
                .output, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    private static func say(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
