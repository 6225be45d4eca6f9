import Core
import Daemon
import Linux
import Spool

/// The jobs that the command line names.
struct Targets {
    let root: SpoolRoot
    let lookup: JobLookup

    init(_ context: Context) throws(Failure) {
        root = try converting("open the root") { () throws in try SpoolRoot(path: context.root) }
        lookup = JobLookup(root: root)
    }

    /// Finds a job by its session's id or its file's name.
    func find(_ text: String, for verb: ControlRequest.Verb) throws(Failure) -> JobLookup.Found {
        guard let name = FileName(bytes: text.utf8) else { throw notFound(text) }
        switch try lookup.find(ControlRequest.Target(name), for: verb) {
        case .found(let found): return found
        case .none: throw notFound(text)
        case .ambiguous(let ids):
            throw Failure(
                .permanent, code: "ambiguous", operation: "tell which job is meant by",
                subject: text, cause: "it could be any of several",
                hint: "Name one by its session: \(ids.map(\.description).joined(separator: ", "))")
        }
    }

    private func notFound(_ text: String) -> Failure {
        Failure(
            .permanent, code: "not_found", operation: "find", subject: text,
            cause: "there is no such job under \(root.path)",
            hint: "'reelctl list' shows the jobs there are")
    }

    /// Whether a daemon works under the root. Where that is not to be seen, it probably does.
    var daemonRuns: Bool { (try? root.isLocked()) ?? true }
}
