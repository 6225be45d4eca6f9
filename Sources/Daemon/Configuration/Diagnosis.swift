import Core
import Glibc
import Linux
import Pipeline
import Spool
import Video

/// A look at all that a daemon needs, for who wants to know whether it is there: each with its state, what was
/// found, and what to do where something is amiss.
public struct Diagnosis: Sendable {
    /// How something is.
    public enum State: String, Codable, Sendable { case ok, warn, fail = "FAIL" }

    /// One thing that was looked at.
    public struct Line: Hashable, Encodable, Sendable {
        /// How it is.
        public var state: State
        /// What it is: `ffmpeg`, `root`.
        public var subject: String
        /// What was found.
        public var detail: String
        /// What to do; nil if nothing has to be done.
        public var cure: String?

        init(_ state: State, _ subject: String, _ detail: String, cure: String? = nil) {
            (self.state, self.subject, self.detail, self.cure) = (state, subject, detail, cure)
        }

        init(_ state: State, _ subject: String, _ failure: Failure) {
            self.init(state, subject, failure.cause, cure: failure.hint)
        }
    }

    private let configuration: Configuration
    private let file: String
    private let runner: ToolRunner

    /// Looks by a configuration that was read from `file`.
    public init(_ configuration: Configuration, readFrom file: String) {
        self.configuration = configuration
        self.file = file
        runner = ToolRunner(
            configuration, root: configuration.root, mark: "", credentials: .ofProcess)
    }

    /// All there is to say.
    public func lines() async -> [Line] {
        var lines = rootLines() + [room()].compactMap(\.self)
        lines += await programLines()
        lines += await mediaLines()
        for failure in await Survey.findings(configuration, readFrom: file) {
            // Programs have been named already, each by itself.
            guard failure.code != "tool_missing" else { continue }
            lines.append(Line(.fail, failure.subject, failure))
        }
        return lines
    }

    // MARK: - The root

    private func rootLines() -> [Line] {
        let path = configuration.root
        let root: SpoolRoot
        do throws(SystemError) { root = try SpoolRoot(path: path) } catch {
            let cause = error.failure("open").cause
            let isThere = access(path, F_OK) == 0
            switch error.errno {
            case ENOENT:
                return [
                    Line(
                        .warn, "root",
                        isThere
                            ? "\(path) is there, and no root yet" : "\(path) is not there yet",
                        cure: "The daemon makes it when it starts")
                ]
            case EACCES:
                return [
                    Line(
                        .fail, "root", "\(path): \(cause)",
                        cure: Membership(of: path)?.advice ?? "Check its owner and mode")
                ]
            default:
                return [
                    Line(
                        .fail, "root", "\(path): \(cause)",
                        cure: "Name another: root in the configuration, or --root")
                ]
            }
        }
        var lines = [Line(.ok, "root", path)]
        let isWritable = access("\(path)/inbox", W_OK | X_OK) == 0
        let advice = Membership(of: path)?.advice
        lines.append(
            isWritable
                ? Line(.ok, "inbox", "you may drop jobs")
                : Line(.fail, "inbox", "you may not drop jobs", cure: advice))
        let isLocked = (try? root.isLocked()) ?? true
        lines.append(
            isLocked
                ? Line(.ok, "daemon", "works here")
                : Line(.warn, "daemon", "does not work here", cure: "systemctl start reeld"))
        if let obstacles = try? Check.obstacles(of: path) {
            for obstacle in obstacles {
                lines.append(
                    Line(
                        .fail, obstacle.finding.place, obstacle.finding.what,
                        cure: obstacle.finding.repair))
            }
        }
        return lines
    }

    private func room() -> Line? {
        guard let directory = try? Directory(path: configuration.root),
            let room = try? directory.room()
        else { return nil }
        let free = "\(ByteCount(room.bytes)) free"
        if let obstacle = room.obstacle {
            return Line(.fail, "disk", obstacle.cause, cure: obstacle.hint)
        }
        var admission = Admission()
        guard
            case .closed(let failure) = admission.note(
                room, configuration.reserve, root: configuration.root)
        else { return Line(.ok, "disk", free) }
        return Line(.fail, "disk", failure)
    }

    // MARK: - Programs

    /// The programs of the built-in pipeline and of the configured ones, each with its version.
    private func programLines() async -> [Line] {
        let own = Set(
            configuration.commands.values.flatMap(\.steps).flatMap(\.providers)
                .compactMap(\.command.first))
        var lines: [Line] = []
        for program in configuration.videoSettings.programs
            + own.subtracting(configuration.videoSettings.programs).sorted()
        {
            let name = program.split(separator: "/").last.map(String.init) ?? program
            if let failure = runner.fault(of: program, "find", program) {
                lines.append(Line(.fail, name, failure))
            } else {
                let version = await version(of: program)
                lines.append(Line(.ok, name, version ?? "is there"))
            }
        }
        return lines
    }

    /// How programs tell their versions, of those that do.
    private static let versionOptions = [
        "ffmpeg": "-version", "ffprobe": "-version", "espeak-ng": "--version",
        "flite": "--version", "fc-list": "--version", "curl": "--version",
        "rsvg-convert": "--version", "piper": "--version", "python3": "--version",
    ]

    private func version(of program: String) async -> String? {
        guard let option = Self.versionOptions[program],
            let text = await said(by: program, [option])
        else { return nil }
        // The first word such as 5.1.9: what else is said differs with each.
        return text.split(whereSeparator: \.isWhitespace).first(where: Self.isVersion)
            .map { String($0.prefix(40)) }
    }

    private static func isVersion(_ word: Substring) -> Bool {
        let bytes = Array(word.utf8)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return bytes.indices.dropFirst().dropLast().contains { index in
            bytes[index] == UInt8(ascii: ".") && digits.contains(bytes[index - 1])
                && digits.contains(bytes[index + 1])
        }
    }

    /// What a program says within a few seconds; nil if it cannot be run.
    private func said(by program: String, _ arguments: [String]) async -> String? {
        guard let path = runner.resolve(program) else { return nil }
        var command = ChildProcess.Command(
            path, arguments,
            environment: ["PATH": runner.searchPath.joined(separator: ":"), "LANG": "C.UTF-8"],
            workingDirectory: "/", standardError: nil, timeout: .seconds(20), grace: .seconds(1))
        command.limits.log = 1 << 20
        guard let result = try? await ChildProcess.run(command) else { return nil }
        return String(decoding: result.said, as: UTF8.self)
    }

    // MARK: - Voices, fonts, encoders

    private func mediaLines() async -> [Line] {
        var lines: [Line] = []
        let settings = configuration.videoSettings
        if let encoders = await said(by: settings.ffmpeg, ["-hide_banner", "-encoders"]) {
            for encoder in ["libx264", "aac"] {
                let isThere = encoders.split(separator: "\n").contains { line in
                    line.split(separator: " ").dropFirst().first == Substring(encoder)
                }
                lines.append(
                    isThere
                        ? Line(.ok, "encoder \(encoder)", "is there")
                        : Line(
                            .fail, "encoder \(encoder)", "this ffmpeg has none",
                            cure: "Use Debian's ffmpeg, which has it"))
            }
        }
        if let voices = await said(by: settings.flite, ["-lv"]) {
            let names =
                voices.split(separator: ":").dropFirst().first?
                .split(whereSeparator: \.isWhitespace) ?? []
            lines.append(Line(.ok, "voices of flite", "\(names.count), for English"))
        }
        if let voices = await said(by: settings.espeak, ["--voices"]) {
            let count = max(0, voices.split(whereSeparator: \.isNewline).count - 1)
            lines.append(
                count > 0
                    ? Line(.ok, "voices of espeak-ng", "\(count) languages")
                    : Line(
                        .warn, "voices of espeak-ng", "there is none",
                        cure: "Install the package espeak-ng-data"))
        }
        if let fonts = await said(by: settings.fontList, ["--format", "%{family}\\n"]) {
            let count = Set(fonts.split(whereSeparator: \.isNewline)).count
            lines.append(
                count > 0
                    ? Line(.ok, "fonts", "\(count) families")
                    : Line(
                        .fail, "fonts", "there is none, so nothing can be written in pictures",
                        cure: "Install the package fonts-dejavu-core"))
        }
        return lines
    }
}
