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
        var handle: JobHandle
        /// Its place in the line, if it has to wait.
        var place: Int?
        /// About how many seconds until it is done.
        var seconds: Double?
    }

    private let context: Context
    private let following: Following?
    private let isQuiet: Bool

    /// Submits, and then follows the jobs if `following` is given. Quietly, it prints their handles only.
    init(_ context: Context, _ following: Following?, isQuiet: Bool) {
        self.context = context
        self.following = following
        self.isQuiet = isQuiet
    }

    func run(_ files: [String]) throws -> Int32 {
        guard !files.isEmpty else {
            throw CommandLineArguments.Mistake("submit needs at least one FILE.")
        }
        // All are read and checked before the first is submitted.
        let specs = try files.map { (file: $0, bytes: try spec($0)) }
        let submission = try Submission(root: context.root)
        let submitted = try specs.map { file, bytes in
            (file: file, job: try submission.submit(bytes, as: name(for: file)))
        }
        // Who may drop jobs may not be allowed to look at the rest.
        let root = try? context.open()
        let outlook = try? root.map { try Outlook($0) }
        if !context.wantsJSON { write(text(submitted.map(\.job), outlook)) }
        guard let following else {
            let jobs = submitted.enumerated().map { index, spec in
                let after = submitted.count - 1 - index
                return Submitted(
                    file: spec.file, name: spec.job.name.display, handle: spec.job.handle,
                    place: outlook?.place(after: after), seconds: outlook?.seconds(after: after))
            }
            if context.wantsJSON { try writeJSON(["submitted": jobs]) }
            return Status.done
        }
        guard let root else { throw unreadable() }
        let results = try following.follow(
            submitted.map { JobTracker($0.job, in: root) }, in: root)
        if context.wantsJSON {
            try writeJSON(["jobs": results])
        } else {
            for result in results { write("\(result.text)\n") }
        }
        return Status.worst(results.map(\.status))
    }

    /// A line a job: what it is called, and when it may be made.
    private func text(_ jobs: [Submission.Submitted], _ outlook: Outlook?) -> String {
        if isQuiet { return jobs.map { "\($0.handle)\n" }.joined() }
        return TextTable.text(
            jobs.enumerated().map { index, job in
                let remark = outlook?.text(after: jobs.count - 1 - index) ?? ""
                return [job.handle.description, job.name.display, remark]
            })
    }

    private func unreadable() -> Failure {
        Failure(
            .permanent, code: "no_permission", operation: "follow", subject: context.root,
            cause: "the jobs are submitted, but you may not look at them there",
            hint: "Join the group that the root belongs to, and log in anew")
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
