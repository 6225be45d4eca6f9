import Core
import Linux
import Pipeline
import Spool
import Systemd

/// What is told of the daemon: to the service manager in one line, and in `state/status.json` to those who look
/// at the directories.
extension Supervisor {
    func tellStatus() {
        let instant = ContinuousClock.now
        guard nextStatus <= instant else {
            if !statusIsLate {
                statusIsLate = true
                Task { [mailbox, nextStatus] in
                    try? await Task.sleep(until: nextStatus)
                    mailbox.raise(.figuresChanged)
                }
            }
            return
        }
        statusIsLate = false
        let now = currentStatus()
        guard now != status else { return }
        status = now
        nextStatus = instant + Self.statusPause
        notifier.send(.status(now))
    }

    func currentStatus() -> String {
        let figures = activity.figures
        let steps = figures.running.map { "\($0.job): \($0.step)" }
        let running = steps.isEmpty ? "" : " (\(steps.joined(separator: ", ")))"
        let pause = desk.pause.map { "Paused by \($0.by) since \($0.since): " } ?? ""
        // One whose step waits for its slot does not run.
        let working = min(Set(figures.running.map(\.session)).count, jobs.count)
        let others = jobs.count > working ? "\(jobs.count - working) waiting for a slot, " : ""
        return
            "\(pause)\(working) running\(running), \(others)\(queue.count + scanner.count) waiting, "
            + "\(parked.count) deferred\(parkedStatus), \(figures.failed) failed, "
            + "\(figures.rejected) rejected, \(figures.done) done since the start"
            + obstacles.map { "; \($0)" }.joined()
    }

    /// What is in the way of all jobs or some, each in a few words.
    private var obstacles: [String] {
        let alone = aloneSession.map { id in
            "\(index.name(of: id) ?? id.description) runs alone, for daemons died over it"
        }
        return [
            admission.refusal.map { "claiming none: \($0.cause)" }, alone, leftAloneStatus,
            stuck.summary, trouble.map { "in trouble: \($0.cause)" },
            refusal.map { "configuration refused: \($0.cause)" },
        ].compactMap(\.self)
    }

    /// Why most of those wait that are parked.
    private var parkedStatus: String { parked.commonCause.map { " (\($0))" } ?? "" }

    /// Files that are not taken up, the first of them by name and why.
    private var leftAloneStatus: String? {
        guard let first = remarks.shown(1).first else { return nil }
        let others = remarks.count > 1 ? " and \(remarks.count - 1) more" : ""
        return "left alone: inbox/\(first.name)\(others) (\(first.reason.cause))"
    }

    /// Writes down what the directories do not show, when it has changed and not too often.
    func tellReaders() {
        let instant = ContinuousClock.now
        guard nextSnapshot <= instant else { return }
        let working = activity.figures.running
        let isNews =
            snapshot == nil || snapshot?.closure != closure || shownRemarks != remarks.version
            || shownStuck != stuck.version || snapshot?.alone != aloneSession
            || shownQueue != queue.version || shownSteps != working
            || snapshot?.parallel != configuration.jobs.parallel
            || snapshot?.slots != configuration.steps.parallel
        guard isNews else { return }
        (shownRemarks, shownQueue, shownSteps) = (remarks.version, queue.version, working)
        shownStuck = stuck.version
        var now = DaemonSnapshot()
        now.closure = closure
        now.files = remarks.shown(DaemonSnapshot.mostFiles)
        now.fileCount = remarks.count
        now.stuck = stuck.count > 0 ? stuck.shown(DaemonSnapshot.mostFiles) : nil
        now.alone = aloneSession
        now.parallel = configuration.jobs.parallel
        now.slots = configuration.steps.parallel
        let next = queue.upcoming(DaemonSnapshot.mostNext).map(\.jobText)
        now.next = next.isEmpty ? nil : next
        now.working = Dictionary(grouping: working, by: \.session).mapValues { steps in
            Dictionary(steps.map { ($0.step, $0.since) }, uniquingKeysWith: min)
        }
        now.written = snapshot?.written
        guard now != snapshot else { return }
        now.written = Timestamp.now
        snapshot = now
        nextSnapshot = instant + Self.snapshotPause
        errands.run("snapshot") { [root, now, mailbox] in
            if !now.write(in: root) { mailbox.raise(.snapshotFailed) }
        }
        // What changes meanwhile is seen then.
        Task { [mailbox, nextSnapshot] in
            try? await Task.sleep(until: nextSnapshot)
            mailbox.raise(.figuresChanged)
        }
    }
}
