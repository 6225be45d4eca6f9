import Core
import Glibc
import Linux
import Synchronization

/// Which versions of programs and their data there are: told by the files they are made of, of which
/// programs say which they are.
extension ToolRunner {
    /// The fingerprint of each part as it is now, by its name. One of which it cannot be told is left out.
    func versions(of parts: [MachinePart]) async -> [String: String] {
        var versions: [String: String] = [:]
        for part in parts { versions[part.name] = await version(of: part) }
        return versions
    }

    /// What ldd(1) and all programs go by who look for shared libraries.
    private static let linkerCache = "/etc/ld.so.cache"
    /// The file of the program that runs here, even if another has its name by now.
    private static let ourselves = FileFingerprint.of(["/proc/self/exe"])
    /// How long a program may take to say which files it uses.
    private static let patience: Duration = .seconds(60)

    private func version(of part: MachinePart) async -> String? {
        switch part {
        case .ourselves: return Self.ourselves
        case .program(let name):
            guard let path = resolve(name), access(path, X_OK) == 0 else { return nil }
            return await version(ofProgram: path)
        case .files(_, let paths, let question):
            let own = FileFingerprint.of(paths)
            guard let question else { return own }
            guard let path = resolve(question.program), access(path, X_OK) == 0,
                let program = await version(ofProgram: path),
                let named = await named(
                    by: path, question.arguments, beside: paths, state: own + program)
            else { return nil }
            return "\(own)-\(named)"
        }
    }

    /// The file itself and the libraries it is linked with.
    private func version(ofProgram path: String) async -> String? {
        let own = FileFingerprint.of([path])
        guard let linker = resolve("ldd"),
            let libraries = await named(by: linker, [path], beside: [path], state: own)
        else { return nil }
        return "\(own)-\(libraries)"
    }

    /// The fingerprint of the files that a program names, but for those of `known`. It is asked once for
    /// each state of the linker's cache, of the files it named, and of what else `state` tells.
    private func named(
        by program: String, _ arguments: [String], beside known: [String], state: String
    ) async -> String? {
        let question = [program] + arguments
        @Sendable func remembered() -> String? {
            let state = FileFingerprint.of([Self.linkerCache]) + state
            guard let answer = answers.known.withLock({ $0[question] }), answer.state == state
            else { return nil }
            let version = FileFingerprint.of(answer.files)
            return version == answer.version ? version : nil
        }
        if let version = remembered() { return version }
        return try? await answers.turn.withPermit(urgency: 0) {
            if let version = remembered() { return version }
            // Before it is asked: what changes meanwhile makes it be asked again.
            let state = FileFingerprint.of([Self.linkerCache]) + state
            guard let named = await ask(program, arguments) else { return nil }
            let files = named.filter { file in
                !known.contains { file == $0 || file.hasPrefix($0 + "/") }
            }
            let version = FileFingerprint.of(files)
            answers.known.withLock {
                $0[question] = Answers.Answer(state: state, files: files, version: version)
            }
            return version
        }
    }

    private func ask(_ program: String, _ arguments: [String]) async -> [String]? {
        // As a tool finds its libraries and fonts.
        let environment = environment.merging([
            "PATH": searchPath.joined(separator: ":"), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
            Self.rootVariable: root,
        ]) { _, own in own }
        var command = ChildProcess.Command(
            program, arguments, environment: environment, workingDirectory: "/", standardError: nil,
            timeout: Self.patience, grace: grace)
        command.limits.output = 1 << 20
        command.limits.log = 2 << 20
        guard let result = try? await ChildProcess.run(command), result.cause == nil else {
            return nil
        }
        let said = String(decoding: result.said, as: UTF8.self)
        // A script or one that needs no libraries; other programs fail for a reason.
        let isStatic = said.contains("not a dynamic executable")
        guard result.ending == .exited(0) || isStatic else { return nil }
        return isStatic ? [] : Self.paths(in: said)
    }

    /// The absolute paths at the ends of lines, as in `libm.so.6 => /lib/libm.so.6 (0x00007f)`.
    static func paths(in text: String) -> [String] {
        var paths: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let path = line.drop { $0 != "/" }
            let end = path.firstRange(of: " (0x")?.lowerBound ?? path.endIndex
            if !path.isEmpty { paths.append(String(path[..<end])) }
        }
        return Array(Set(paths)).sorted()
    }
}

/// What programs said of the files they use.
final class Answers: Sendable {
    struct Answer: Sendable {
        /// In which state of things they said it.
        var state: String
        var files: [String]
        /// The fingerprint of these files then.
        var version: String
    }

    let known = Mutex<[[String]: Answer]>([:])
    /// One is asked at a time, so that none is asked twice.
    let turn = PrioritySemaphore(limit: 1)
}
