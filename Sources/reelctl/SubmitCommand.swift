import Core
import Daemon
import Glibc
import Linux
import Spool
import Video

/// `reelctl submit`: checks job specs and puts them into the inbox.
struct SubmitCommand {
    private struct Submitted: Encodable {
        var file: String
        var name: String
    }

    private let context: Context

    init(_ context: Context) { self.context = context }

    func run(_ files: [String]) throws {
        guard !files.isEmpty else {
            throw CommandLineArguments.Mistake("submit needs at least one FILE.")
        }
        // All are read and checked before the first is submitted.
        let specs = try files.map { (file: $0, bytes: try spec($0)) }
        let submission = try Submission(root: context.root)
        let submitted = try specs.map { file, bytes in
            Submitted(
                file: file, name: try submission.submit(bytes, as: name(for: file)).display)
        }
        if context.wantsJSON {
            let bytes = try RecordFile.encode(["submitted": submitted], subject: "the result")
            write(String(decoding: bytes, as: UTF8.self))
        } else {
            for spec in submitted { write("\(spec.name)\n") }
        }
    }

    private func spec(_ file: String) throws(Failure) -> [UInt8] {
        let number = file == "-" ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC)
        let subject = file == "-" ? "standard input" : file
        let bytes = try converting("read") {
            guard number >= 0 else { throw SystemError("open", subject) }
            return try Descriptor(owning: number, subject: subject).read(limit: largestSpec + 1)
        }
        guard bytes.count <= largestSpec else {
            throw Failure(
                .permanent, code: "invalid_spec", operation: "submit", subject: subject,
                cause: "it has more than the \(largestSpec) bytes that a job spec may have")
        }
        do throws(JSONError) { _ = try Brief(decoding: bytes) } catch {
            throw error.failure(operation: "submit", subject: subject)
        }
        return bytes
    }

    /// The name in the inbox: the file's own, made to end in `.json`; one of the day for a pipe.
    private func name(for file: String) -> FileName {
        if file == "-" {
            let now = Int(time(nil))
            return FileName("job-\(CivilTime(secondsSince1970: now).compact).json")
        }
        let base = file.split(separator: "/").last.map(String.init) ?? "job"
        return FileName(base.hasSuffix(".json") ? base : base + ".json")
    }
}
