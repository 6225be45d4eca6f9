import Core
import Daemon
import Linux
import Spool
import Systemd

/// `reelctl list`: the jobs, a line each.
struct ListCommand {
    private let context: Context

    init(_ context: Context) { self.context = context }

    func run(_ names: [String]) throws {
        let states = try names.map { name in
            guard let state = SpoolDirectory(rawValue: name),
                SpoolDirectory.jobStates.contains(state)
            else {
                let known = SpoolDirectory.jobStates.map(\.rawValue).joined(separator: ", ")
                throw CommandLineArguments.Mistake("'\(name)' is not one of \(known).")
            }
            return state
        }
        let root = try converting("open the root") { try SpoolRoot(path: context.root) }
        let jobs = try JobSummary.all(
            in: root, Set(states.isEmpty ? SpoolDirectory.jobStates : states))
        let pending = try PendingRequests(in: root)
        if context.wantsJSON {
            try writeJSON(
                Listing(jobs: jobs, requests: pending.requests, isPaused: pending.isPaused))
        } else {
            write(Self.table(jobs, at: Timestamp.now) + Self.text(pending))
            if let notice = AdmissionNotice.read(in: root) {
                let sentence = "No jobs are claimed since \(notice.since). \(notice.reason)"
                write("\(sentence.escapingControls)\n")
            }
        }
    }

    private struct Listing: Encodable {
        var jobs: [JobSummary]
        var requests: [PendingRequests.Pending]
        var isPaused: Bool

        private enum CodingKeys: String, CodingKey {
            case jobs, requests
            case isPaused = "paused"
        }
    }

    /// What is asked for, if anything is.
    private static func text(_ pending: PendingRequests) -> String {
        var lines = pending.requests.map {
            "To be done: \($0.verb.rawValue) \($0.target)".escapingControls
        }
        if pending.isPaused {
            lines.append("Paused: no jobs are started until 'reelctl resume'.")
        }
        return lines.isEmpty ? "" : "\n" + lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ jobs: [JobSummary], at now: Timestamp) -> String {
        guard !jobs.isEmpty else { return "No jobs.\n" }
        let header = ["STATE", "JOB", "SESSION", "STEPS", "TIME", "WHAT"]
        let rows =
            [header]
            + jobs.map { job in
                [
                    job.state == .inbox ? "waiting" : job.state.rawValue, job.name,
                    job.session?.description ?? "-",
                    job.plannedSteps == 0 ? "-" : "\(job.finishedSteps)/\(job.plannedSteps)",
                    job.elapsed(at: now)?.text ?? "-", what(job),
                ].map(\.escapingControls)
            }
        return TextTable.text(rows)
    }

    /// What there is to say in a few words.
    private static func what(_ job: JobSummary) -> String {
        if let error = job.error { return error.code }
        if let due = job.due { return "until \(due)" }
        if !job.running.isEmpty { return job.running.joined(separator: " ") }
        return job.outputs.last.flatMap { $0.split(separator: "/").last.map(String.init) } ?? ""
    }
}
