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
        let alone = states.isEmpty || states.contains(.inbox) ? try Stray.all(in: root) : []
        if context.wantsJSON {
            try writeJSON(
                Listing(
                    jobs: jobs, requests: pending.requests, isPaused: pending.pause != nil,
                    pause: pending.pause, leftAlone: alone))
        } else {
            write(Self.table(jobs, at: Timestamp.now) + Self.text(alone) + Self.text(pending))
            if (try? root.isLocked()) == false {
                write("No daemon works here: nothing is done until one is started.\n")
            }
            if let closure = DaemonSnapshot.read(in: root)?.closure {
                let sentence = "No jobs are claimed since \(closure.since). \(closure.reason)"
                write("\(sentence.escapingControls)\n")
            }
        }
    }

    private struct Listing: Encodable {
        var jobs: [JobSummary]
        var requests: [PendingRequests.Pending]
        var isPaused: Bool
        var pause: PendingRequests.Pause?
        var leftAlone: [Stray]

        private enum CodingKeys: String, CodingKey {
            case jobs, requests, pause, leftAlone
            case isPaused = "paused"
        }
    }

    /// Something in the inbox that is no job and stays there.
    private struct Stray: Encodable {
        var name: String
        var reason: Obstacle

        static func all(in root: SpoolRoot) throws(Failure) -> [Stray] {
            try converting("look at") { () throws in
                try root[.inbox].entries().sorted().compactMap { name in
                    guard !Inbox.isJobName(name), let status = try root[.inbox].status(name),
                        let failure = Inbox.notAJobName(name, status)
                    else { return nil }
                    return Stray(name: name.display, reason: Obstacle(failure))
                }
            }
        }
    }

    /// How many of those are shown.
    private static let mostStrays = 20

    private static func text(_ alone: [Stray]) -> String {
        guard !alone.isEmpty else { return "" }
        var lines = alone.prefix(mostStrays).map {
            "Left alone: inbox/\($0.name): \($0.reason.cause)".escapingControls
        }
        if alone.count > mostStrays { lines.append("and \(alone.count - mostStrays) more.") }
        return "\n" + lines.joined(separator: "\n") + "\n"
    }

    /// What is asked for, if anything is.
    private static func text(_ pending: PendingRequests) -> String {
        var lines = pending.requests.map {
            "To be done: \($0.verb.rawValue) \($0.target)".escapingControls
        }
        if let pause = pending.pause {
            let line =
                "Paused by \(pause.by) since \(pause.since): no jobs are started until 'reelctl resume'."
            lines.append(line.escapingControls)
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
                    job.stateText, job.name,
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
        let obstacle = job.obstacle.map { $0.code == "unreadable" ? $0.hint ?? $0.cause : $0.cause }
        if let due = job.due { return "until \(due)" + (obstacle.map { ": \($0)" } ?? "") }
        if let obstacle { return obstacle }
        if !job.running.isEmpty { return job.running.joined(separator: " ") }
        if job.state == .active { return "waiting for a slot" }
        return job.outputs.last.flatMap { $0.split(separator: "/").last.map(String.init) } ?? ""
    }
}

extension JobSummary {
    /// Where it is in its life, for people.
    var stateText: String {
        if state != .inbox { return state.rawValue }
        return obstacle?.code == "unreadable" ? "cannot read" : "waiting"
    }
}
