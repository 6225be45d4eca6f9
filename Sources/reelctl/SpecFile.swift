import Core
import Daemon
import Glibc
import Linux
import Spool

/// A job spec that somebody names on the command line.
struct SpecFile {
    /// What the user calls it.
    let path: String
    /// What it says, if it is not too long.
    let bytes: [UInt8]

    /// Reads it; `-` is standard input.
    init(_ path: String) throws(Failure) {
        self.path = path
        let number = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        let subject = path == "-" ? "standard input" : path
        bytes = try converting("read") {
            guard number >= 0 else { throw SystemError("open", subject) }
            return try Descriptor(owning: number, subject: subject).read(limit: largestSpec + 1)
        }
        guard bytes.count <= largestSpec else {
            throw Failure(
                .permanent, code: "invalid_spec", operation: "submit", subject: subject,
                cause: "it has more than the \(largestSpec) bytes that a job spec may have")
        }
    }

    /// The name in the inbox: the file's own, made to end in `.json`; one of the day for a pipe.
    var name: FileName {
        if path == "-" {
            return FileName("job-\(CivilTime(secondsSince1970: Int(time(nil))).compact).json")
        }
        let base = path.split(separator: "/").last.map(String.init) ?? "job"
        let name = FileName(base)
        return name.isJSON ? name : FileName(base + ".json")
    }

    /// That files of such a name are nobody's jobs, if that is so.
    private static func hidden(_ name: FileName) -> Failure? {
        guard name.hasPrefix(".") else { return nil }
        return Failure(
            .permanent, code: "bad_name", operation: "submit", subject: name.display,
            cause: "its name begins with a full stop, and the daemon leaves such files alone",
            hint: "Give it another name")
    }

    /// Reads files and judges them, all that is wrong with any.
    static func judge(
        _ paths: [String], by judge: inout Judge
    ) async -> (files: [SpecFile], verdicts: Verdicts) {
        var files: [SpecFile] = []
        var verdicts = Verdicts()
        for path in paths {
            do throws(Failure) {
                let file = try SpecFile(path)
                files.append(file)
                let fault = Inbox.misnamed(file.name) ?? hidden(file.name)
                let name = fault.map { [SpecCheck.Problem($0)] } ?? []
                verdicts.note(path, name + (await judge.problems(of: file.bytes)))
            } catch {
                verdicts.note(path, [.init(error)], isUnread: error.code != "invalid_spec")
            }
        }
        return (files, verdicts)
    }
}
