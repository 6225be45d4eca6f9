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
        root = try context.open()
        lookup = JobLookup(root: root)
        finder = JobFinder(root: root)
    }

    /// Finds the job that a word means: of several the newest, and of those with which `verb` can be done,
    /// if there are any. Says that there are others.
    func find(
        _ text: String, for verb: ControlRequest.Verb? = nil
    ) throws(Failure) -> JobFinder.Match {
        let all = try finder.find(text)
        var chosen = all.first
        if let verb { chosen = try meant(text, all, verb) ?? chosen }
        guard let match = chosen else { throw nothing(text) }
        let others = all.filter { $0.found.place != match.found.place }
        if !others.isEmpty { writeLine(Self.note(text, match, others), to: STDERR_FILENO) }
        return match
    }

    /// The job of several that is to be steered: one with which that can be done, of this user's own if it is not
    /// for all; nil if there is none.
    private func meant(
        _ text: String, _ all: [JobFinder.Match], _ verb: ControlRequest.Verb
    ) throws(Failure) -> JobFinder.Match? {
        let able = all.filter { match in
            if case .perform = ControlPlan(verb, match.found.place) { true } else { false }
        }
        let own = able.filter { match in
            ControlRequest.mayBeMade(
                verb, by: geteuid(), owner: match.found.owner, daemon: lookup.daemon)
        }
        // Handles are short, and two files may have the same.
        let handles = own.filter { $0.handle == JobHandle(text) }
        guard handles.count < 2 else {
            let names = handles.map { $0.found.session?.description ?? $0.found.job }
            throw Failure(
                .permanent, code: "ambiguous", operation: verb.rawValue, subject: text,
                cause: "\(handles.count) jobs are called so: \(names.joined(separator: ", "))",
                hint: "Name the one that is meant")
        }
        return own.first ?? able.first
    }

    /// The jobs that patterns and options choose, as far as they are in one of these states and `verb` can be done
    /// with them; nil if the command names jobs one by one.
    func selected(
        by call: Invocation, among states: [SpoolDirectory]? = nil,
        for verb: ControlRequest.Verb? = nil
    ) throws -> [JobFinder.Match]? {
        let selection = try call.selection()
        guard selection.isByOptions || call.operands.contains(where: Selection.isPattern) else {
            try call.expectOperands()
            return nil
        }
        let searched = selection.directories.intersection(states ?? SpoolDirectory.jobStates)
        let jobs =
            try
            (selection.needsSpecs
            ? JobSummary.allWithSpecs(in: root, searched) : JobSummary.all(in: root, searched))
        let matches = try selection.choose(from: jobs, most: nil).compactMap { job in
            // Wherever it has gone on to since.
            if let match = try finder.match(job) { return match }
            guard let handle = job.handle else { return nil }
            return try finder.find(handle.description).first { $0.handle == handle }
        }.filter { match in
            guard let verb else { return true }
            guard case .perform = ControlPlan(verb, match.found.place) else { return false }
            return !verb.isForAll || awaitsReview(match.found)
        }
        guard !matches.isEmpty else {
            throw Failure(
                .permanent, code: "not_found", operation: call.command.name,
                subject: "what is chosen",
                cause:
                    "there is no such job\(verb.map { " that could be \($0.participle)" } ?? "") under \(root.path)",
                hint: "'reelctl list' shows the jobs there are")
        }
        return matches
    }

    /// Whether a job waits for somebody to look at it.
    func awaitsReview(_ job: JobLookup.Found) -> Bool {
        record(of: job)?.awaitsReview == true
    }

    /// What is on record of a job; nil if it has no session that can be read.
    func record(of job: JobLookup.Found) -> SessionRecord? {
        job.session.flatMap { try? root.record(of: $0) } ?? nil
    }

    /// All there is to say of the jobs that a command means.
    func summaries(_ call: Invocation) throws -> [JobSummary] {
        guard let matches = try selected(by: call) else { return try call.operands.map(summary) }
        return try matches.compactMap { try JobSummary.of($0.found, in: root) }
    }

    private func summary(_ text: String) throws(Failure) -> JobSummary {
        do {
            if let job = try JobSummary.of(find(text).found, in: root) {
                return job
            }
        } catch {
            // Its file may have been taken away, and its session be there.
            let session = try SessionID(text).flatMap { id throws(Failure) in
                try JobSummary.ofSession(id, in: root)
            }
            guard error.code == "not_found", let session else { throw error }
            return session
        }
        throw Failure(
            .transient, code: "moved", operation: "look at", subject: text,
            cause: "it has just gone on", hint: "Look again")
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
