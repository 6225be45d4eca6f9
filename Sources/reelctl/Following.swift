import Core
import Glibc
import Linux
import Spool
import Systemd

/// Follows jobs to their ends. The kernel tells of each change; now and then it looks of its own
/// accord, for file systems where nothing is told.
struct Following {
    /// What became of a job.
    struct Result: Encodable {
        var job: String
        var session: SessionID?
        /// done, failed, rejected or cancelled; timeout if it has not ended, gone if it was taken away.
        var outcome: String
        var error: Receipt.Problem?
        /// The absolute paths of what was published.
        var outputs: [String] = []
        var status: Int32
        /// How far it is, of a job that has not ended.
        var progress: String?

        private enum CodingKeys: CodingKey { case job, session, outcome, error, outputs }

        /// A line for people; for a job that is done, its last output, which is the video.
        var text: String {
            let what =
                error.map { "\(outcome): \($0.message)" } ?? outputs.last
                ?? progress.map { "\(outcome): \($0)" } ?? outcome
            return "\(job): \(what)".escapingControls
        }
    }

    /// How long to wait at most; nil for ever.
    var patience: Duration?
    /// Whether to say how far the jobs are even if nobody watches.
    var showsProgress: Bool
    /// Whether that is for programs.
    var wantsJSON = false

    /// How often to look where nothing was told.
    private static let pollInterval: Duration = .seconds(2)
    /// How long not to look again, so that a busy spool costs little.
    private static let pause: useconds_t = 50_000

    func follow(_ trackers: [JobTracker], in root: SpoolRoot) throws(Failure) -> [Result] {
        var trackers = trackers
        let deadline = patience.map { ContinuousClock.now + $0 }
        let changes = DirectoryChanges(SpoolDirectory.jobStates.map { root[$0] })
        var display = ProgressDisplay(isWanted: showsProgress, asJSON: wantsJSON)
        if display.isShown { sayGoodbyeIfInterrupted(trackers) }
        var results: [Int: Result] = [:]
        var lines = trackers.map { ProgressDisplay.Line(job: $0.name.display, text: "") }
        var isIdleSaid = false
        while true {
            if !isIdleSaid, (try? root.isLocked()) == false {
                display.clear()
                writeLine(ListCommand.idle, to: STDERR_FILENO)
                isIdleSaid = true
            }
            let forecasts = display.isShown ? Forecasts(root, DaemonSnapshot.read(in: root)) : nil
            for index in trackers.indices where results[index] == nil {
                let sighting = try trackers[index].look()
                results[index] = result(of: trackers[index], sighting, in: root)
                lines[index] = line(of: trackers[index], sighting, results[index], forecasts)
                if display.isShown, let id = trackers[index].session, results[index] == nil {
                    // Where that cannot be watched, by looking.
                    let metadata = try? root[.outputs].directory("\(id)/metadata")
                    if let metadata { changes.add(metadata) }
                }
            }
            display.show(lines)
            guard results.count < trackers.count else { break }
            let left = deadline.map { $0 - .now } ?? Self.pollInterval
            guard left > .zero else { break }
            let interval = display.isDrawn ? ProgressDisplay.interval : Self.pollInterval
            changes.wait(atMost: min(left, interval))
            usleep(Self.pause)
        }
        display.clear()
        return trackers.indices.map { index in
            results[index]
                ?? Result(
                    job: trackers[index].name.display, session: trackers[index].session,
                    outcome: "timeout", status: Status.timeout, progress: lines[index].text)
        }
    }

    /// Whoever presses Ctrl-C wants to wait no longer, and may take it for the end of the job.
    private func sayGoodbyeIfInterrupted(_ trackers: [JobTracker]) {
        guard let signals = try? Signals.stream(of: [SIGINT]) else { return }
        let names = trackers.prefix(3).map { $0.shortName.escapingControls }
        let more = trackers.count > 3 ? " ..." : ""
        let what = trackers.count == 1 ? "The job goes on" : "The jobs go on"
        let text = "\n\(what): reelctl wait \(names.joined(separator: " "))\(more)\n"
        Task.detached {
            for await _ in signals {
                write(text, to: STDERR_FILENO)
                exit(128 + SIGINT)
            }
        }
    }

    private func line(
        of tracker: JobTracker, _ sighting: JobTracker.Sighting, _ result: Result?,
        _ forecasts: Forecasts?
    ) -> ProgressDisplay.Line {
        var line = ProgressDisplay.Line(
            job: tracker.name.display, handle: tracker.shortName,
            text: progress(of: tracker, sighting))
        line.outcome = result?.outcome
        if case .claimed(_, .active) = sighting, let forecasts, let record = tracker.record {
            let forecast = forecasts.forecast(record, at: Timestamp.now)
            line.isAtWork = true
            line.steps = record.runningSteps.filter { forecasts.isAtWork($0, of: record.session) }
            line.share = forecast.share
            line.secondsLeft = forecast.left?.seconds
        }
        return line
    }

    /// The result of a job that has ended; nil if it has not.
    private func result(
        of tracker: JobTracker, _ sighting: JobTracker.Sighting, in root: SpoolRoot
    ) -> Result? {
        var result = Result(
            job: tracker.name.display, session: tracker.session, outcome: "", status: 0)
        switch sighting {
        case .waiting, .claimed: return nil
        case .gone:
            result.outcome = "gone"
            result.status = Status.gone
        case .ended(let end):
            result.outcome = end.isCancelled ? "cancelled" : end.state.rawValue
            result.error = end.error
            result.status = Status.of(end)
            if end.state == .done, let record = tracker.record {
                result.outputs = (record.publication ?? []).map {
                    "\(root[.outputs].path)/\(record.session)/final_output/\($0.name)"
                }
            }
        }
        return result
    }

    /// How far a job is, that has not ended.
    private func progress(of tracker: JobTracker, _ sighting: JobTracker.Sighting) -> String {
        guard case .claimed(let id, let state) = sighting else {
            return sighting.directory == .held ? "held" : "waiting"
        }
        guard let record = tracker.record else { return "claimed as \(id)" }
        let steps = "\(record.finishedSteps) of \(record.plan.count) steps finished"
        switch state {
        case .active where !record.runningSteps.isEmpty:
            return "\(steps), running \(record.runningSteps.joined(separator: ", "))"
        case .active: return steps
        case .deferred where record.awaitsReview:
            return "for review: reelctl approve \(id.handle), or reelctl reject \(id.handle)"
        case .deferred:
            let until = record.parking.map {
                LocalTime($0.until.secondsSince1970, now: Timestamp.now.secondsSince1970).text
            }
            return "\(steps), parked"
                + (record.parking?.reason.map { ": \($0.cause)" }
                    ?? until.map { " until \($0): not_before in its spec" } ?? "")
        default: return "\(steps), \(state.rawValue)"
        }
    }
}
