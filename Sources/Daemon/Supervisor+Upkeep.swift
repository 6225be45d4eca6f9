import Core
import Linux
import Pipeline
import Spool
import Systemd

/// What is due, what has changed, and what is told to the service manager.
extension Supervisor {
    func alarmRang() {
        // It may be one that was replaced too late, and then there is another: not two from now on.
        alarm?.task.cancel()
        alarm = nil
        let now = ContinuousClock.now
        if admission.refusal != nil { _ = hasRoom() }
        if nextScan <= now || isPolling && nextPoll <= now { lookForRoot() }
        // There may be nothing to scan any more, and nothing to be made there.
        if rootIsLost { return }
        if nextScan <= now {
            if inboxIsReplaced() || watchIsMissing { armWatch() }
            lookThroughInbox()
            lookForRequests()
        }
        if isPolling, nextPoll <= now {
            nextPoll = now + .seconds(configuration.inbox.pollInterval)
            if pollReason != nil, inboxIsReplaced() {
                armWatch()
                lookThroughInbox()
            } else if pollReason != nil {
                poll()
            }
            if !requestsAreWatched { readRequests() }
        }
        if desk.isDue(at: now) { desk.lookAgainAtFailed() }
        scanner.wake(at: now)
        for id in parked.takeDue(at: .now, now) { enqueue(id) }
        returnJobs()
        let due = retries.filter { $0.0 <= now }
        retries.removeAll { $0.0 <= now }
        for (_, entry) in due {
            switch entry {
            // Kept aside until now, so that it was not taken up again at once.
            case .file(let name, _): release(name)
            case .session(let id, _): enqueue(id)
            case .claim(let id): queue.add(claim: id)
            }
        }
    }

    /// Whether the inbox's path leads to another directory by now. A network file system is asked
    /// anew what it is, since it is opened: see nfs(5), "Close-to-open cache consistency".
    func inboxIsReplaced() -> Bool {
        (try? root.reopenedInbox().identity) != inboxDirectory.identity
    }

    /// Stops at once, its jobs interrupted, if the root is not where its path leads any more: they would go
    /// on in a directory that nobody looks at, with tools that are told paths in another.
    func lookForRoot() {
        guard !isDraining, let replaced = root.replaced else { return }
        rootIsLost = true
        complain(
            Failure(
                .transient, code: "root_replaced", operation: "go on under", subject: replaced.path,
                cause: "the path does not lead to the directory any more where this daemon began",
                hint:
                    "It stops, for the next start to take what is there. Mount, move and replace directories of a root while nothing works there"
            ))
        drain(within: .zero)
    }

    /// Whether something has to be looked at that nothing is announced of.
    private var isPolling: Bool { pollReason != nil || !requestsAreWatched }

    private var watchIsMissing: Bool { watch == nil && configuration.inbox.watch != .poll }

    /// One timer for all that is due.
    func setAlarm() {
        guard !isDraining else { return }
        let now = ContinuousClock.now
        var next = nextScan
        if startAgain > now { next = min(next, startAgain) }
        if isPolling { next = min(next, nextPoll) }
        if activity.isTroubled, !isProbing { next = min(next, nextProbe) }
        if let time = desk.tryAgain { next = min(next, time) }
        if readRequestsAgain { next = min(next, requestsPause) }
        if let time = scanner.nextRecheck { next = min(next, time) }
        if admission.refusal != nil { next = min(next, now + Self.respite) }
        for (time, _) in retries { next = min(next, time) }
        if let time = returning.next { next = min(next, time) }
        if let time = nextSave { next = min(next, time) }
        if let wait = parked.timeToNext(at: .now, now) {
            // Never far ahead by the wall clock, which can be set.
            next = min(next, now + min(max(wait, .milliseconds(10)), .seconds(60)))
        }
        // One that is over has rung, and is about to be heard of.
        if let alarm, alarm.at <= next { return }
        alarm?.task.cancel()
        let time = next
        let task = Task { [mailbox] in
            guard (try? await Task.sleep(until: time)) != nil else { return }
            mailbox.raise(.alarm)
        }
        alarm = (time, task)
    }

    func complain(_ failure: Failure) {
        activity.record(Event(.spoolProblem, "\(failure)", [.error: failure.code]))
    }
}
