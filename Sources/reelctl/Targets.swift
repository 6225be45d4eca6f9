import Core
import Daemon
import Glibc
import Linux
import Spool

/// The jobs that the command line names.
struct Targets {
    let root: SpoolRoot
    let lookup: JobLookup
    private let finder: JobFinder

    init(_ context: Context) throws(Failure) {
        root = try converting("open the root") { () throws in try SpoolRoot(path: context.root) }
        lookup = JobLookup(root: root)
        finder = JobFinder(root: root)
    }

    /// Finds the job that a word means: of several the newest, and of those with which `verb` can be done,
    /// if there are any. Says that there are others.
    func find(
        _ text: String, for verb: ControlRequest.Verb? = nil
    ) throws(Failure) -> JobFinder.Match {
        let all = try finder.find(text)
        let meant = all.first { match in
            guard let verb, case .perform = ControlPlan(verb, match.found.place) else {
                return verb == nil
            }
            return true
        }
        guard let match = meant ?? all.first else { throw nothing(text) }
        let others = all.filter { $0.found.place != match.found.place }
        if !others.isEmpty { writeLine(Self.note(text, match, others), to: STDERR_FILENO) }
        return match
    }

    /// A job where it is now that it is tried again: in its session, or as a new one.
    func again(_ job: JobLookup.Found) throws(Failure) -> JobFinder.Match? {
        for text in [job.session?.description, job.job].compactMap(\.self) {
            let all = try finder.find(text)
            if let match = all.first(where: { !$0.hasEnded }) { return match }
        }
        return nil
    }

    /// How many other jobs are named.
    private static let mostNamed = 5

    private static func note(
        _ text: String, _ match: JobFinder.Match, _ others: [JobFinder.Match]
    ) -> String {
        var names = others.prefix(mostNamed).map { "\($0.handle) (\($0.stateText))" }
        if others.count > mostNamed { names.append("\(others.count - mostNamed) more") }
        return
            "'\(text)' is \(others.count + 1) jobs: \(match.handle) (\(match.stateText)) is meant, "
            + "not \(names.joined(separator: ", "))."

    }

    /// That there is no such job, and what may have been meant.
    private func nothing(_ text: String) -> Failure {
        let meant = finder.nearest(to: text).map { "Did you mean '\($0)'? " } ?? ""
        return Failure(
            .permanent, code: "not_found", operation: "find", subject: text,
            cause: "there is no such job under \(root.path)",
            hint: "\(meant)'reelctl list' shows the jobs there are")
    }

    /// Whether a daemon works under the root. Where that is not to be seen, it probably does.
    var daemonRuns: Bool { (try? root.isLocked()) ?? true }
}

extension JobFinder.Match {
    var hasEnded: Bool { if case .ended = found.place { true } else { false } }

    /// Where the job is in its life, for people.
    var stateText: String {
        switch found.place {
        case .waiting(_, in: .inbox): "waiting"
        case .session(_, in: .active): "running"
        case .session(_, in: .deferred): "parked"
        default: found.place.directory.rawValue
        }
    }
}
