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
    private let following: Following?

    /// Submits, and then follows the jobs if `following` is given.
    init(_ context: Context, _ following: Following?) {
        self.context = context
        self.following = following
    }

    func run(_ files: [String]) throws -> Int32 {
        guard !files.isEmpty else {
            throw CommandLineArguments.Mistake("submit needs at least one FILE.")
        }
        // All are read and checked before the first is submitted.
        let specs = try files.map { (file: $0, bytes: try spec($0)) }
        let submission = try Submission(root: context.root)
        let root = try following.map { _ in
            try converting("open the root") { () throws in try SpoolRoot(path: context.root) }
        }
        let submitted = try specs.map { file, bytes in
            (file: file, job: try submission.submit(bytes, as: name(for: file)))
        }
        if !context.wantsJSON { for spec in submitted { write("\(spec.job.name.display)\n") } }
        guard let following, let root else {
            let names = submitted.map { Submitted(file: $0.file, name: $0.job.name.display) }
            if context.wantsJSON { try writeJSON(["submitted": names]) }
            return Status.done
        }
        let results = try following.follow(
            submitted.map { JobTracker($0.job, in: root) }, in: root)
        if context.wantsJSON {
            try writeJSON(["jobs": results])
        } else {
            for result in results { write("\(result.text)\n") }
        }
        return Status.worst(results.map(\.status))
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
        let name = FileName(base)
        return name.isJSON ? name : FileName(base + ".json")
    }
}
