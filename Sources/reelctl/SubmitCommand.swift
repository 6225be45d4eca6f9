import Core
import Daemon
import Glibc
import Linux
import Spool

/// `reelctl submit` and `make`: check job specs and put them into the inbox.
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

    /// A job that was submitted.
    private struct Entry {
        var file: String
        var job: Submission.Submitted
        /// What its spec says of it, if that is known.
        var header: JobHeader?
    }

    private let context: Context
    private var judge: Judge
    private let following: Following?
    private let isQuiet: Bool

    /// Submits what `judge` finds good, and then follows the jobs if `following` is given. Quietly, it prints their
    /// handles only.
    init(_ context: Context, _ judge: Judge, _ following: Following?, isQuiet: Bool) {
        self.context = context
        self.judge = judge
        self.following = following
        self.isQuiet = isQuiet
    }

    mutating func run(_ paths: [String]) async throws -> Int32 {
        guard !paths.isEmpty else {
            throw CommandLineArguments.Mistake("submit needs at least one FILE.")
        }
        // All are read and checked before the first is submitted.
        let (files, verdicts) = await SpecFile.judge(paths, by: &judge)
        guard verdicts.wrong == 0 else { return verdicts.refuse() }
        let headers = files.map { judge.header(of: $0.bytes) }
        doubt(verdicts, headers)
        let submission = try context.submission()
        return try finish(
            zip(files, headers).map { file, header in
                Entry(
                    file: file.path, job: try submission.submit(file.bytes, as: file.name),
                    header: header)
            })
    }

    /// Submits one that was made of a command line.
    mutating func run(made spec: JSONNode, as name: FileName) async throws -> Int32 {
        var verdicts = Verdicts()
        verdicts.note("the job", await judge.problems(of: spec).map(MakeCommand.named))
        guard verdicts.wrong == 0 else { return verdicts.refuse() }
        let header = judge.header(of: spec.text)
        doubt(verdicts, [header])
        let job = try context.submission().submit(spec.text, as: name)
        return try finish([Entry(file: job.name.display, job: job, header: header)])
    }

    mutating func run(batch path: String, name: String?) async throws -> Int32 {
        let batch = try Batch(path, name: name)
        let verdicts = try await batch.judge(by: &judge)
        guard verdicts.wrong == 0 else { return verdicts.refuse() }
        guard verdicts.checked > 0 else { throw Batch.empty(path) }
        doubt(verdicts)
        writeLine("batch \(batch.name): \(verdicts.checked) jobs", to: STDERR_FILENO)
        let submission = try context.submission()
        let identity = (try? context.open()).map {
            (judge.configuration ?? Configuration()).jobIdentity(under: $0)
        }
        var submitted: [Entry] = []
        var count = 0
        let isNeeded = context.wantsJSON || following != nil
        let known = try await batch.submit(
            to: submission, identity, count: verdicts.checked
        ) { jobs in
            count += jobs.count
            if isNeeded { submitted += jobs.map { Entry(file: path, job: $0) } }
            guard !context.wantsJSON else { return }
            write(
                jobs.map { isQuiet ? "\($0.handle)\n" : "\($0.handle)  \($0.name.display)\n" }
                    .joined())
        }
        let remark = known > 0 ? ", \(known) were there already" : ""
        writeLine("batch \(batch.name): \(count) submitted\(remark)", to: STDERR_FILENO)
        return isNeeded ? try finish(submitted, isTold: true) : Status.done
    }

    /// Says what may be wrong, but only for us; and what was not checked, if it matters for a spec.
    private func doubt(_ verdicts: Verdicts, _ headers: [JobHeader?] = []) {
        for line in verdicts.lines { writeLine(line, to: STDERR_FILENO) }
        if judge.isKept || headers.contains(nil), let remark = judge.remark {
            writeLine(remark, to: STDERR_FILENO)
        }
    }

    /// Tells of the jobs, unless that was done, and follows them.
    private func finish(
        _ submitted: [Entry], isTold: Bool = false
    ) throws -> Int32 {
        // Who may drop jobs may not be allowed to look at the rest.
        let root = try? context.open()
        let outlook = try? root.map { try Outlook($0) }
        if !context.wantsJSON, !isTold { write(text(submitted, outlook)) }
        guard let following else {
            let jobs = submitted.enumerated().map { index, spec in
                let after = submitted.count - 1 - index
                return Submitted(
                    file: spec.file, name: spec.job.name.display, handle: spec.job.handle,
                    place: outlook?.place(after: after),
                    seconds: outlook?.seconds(after: after, spec.header))
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
    private func text(_ jobs: [Entry], _ outlook: Outlook?) -> String {
        if isQuiet { return jobs.map { "\($0.job.handle)\n" }.joined() }
        return TextTable.text(
            jobs.enumerated().map { index, entry in
                let remark = outlook?.text(after: jobs.count - 1 - index, entry.header) ?? ""
                return [entry.job.handle.description, entry.job.name.display, remark]
            })
    }

    private func unreadable() -> Failure {
        Failure(
            .permanent, code: "no_permission", operation: "follow", subject: context.root,
            cause: "the jobs are submitted, but you may not look at them there",
            hint: "Join the group that the root belongs to, and log in anew")
    }
}
