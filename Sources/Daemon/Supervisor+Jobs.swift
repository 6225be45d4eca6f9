import Core
import Linux
import Spool

/// Running jobs, and letting them end.
extension Supervisor {
    func startJobs() {
        guard !isDraining, startAgain <= .now else { return }
        if admission.refusal != nil { _ = hasRoom() }
        while jobs.count < configuration.jobs.parallel, suspect == nil,
            jobs.isEmpty || !queue.nextIsSuspect, !queue.nextIsNew || hasRoom()
        {
            if let file = queue.nextFile, !isStillReady(file.name, file.stamp) { continue }
            guard let entry = queue.take() else { break }
            start(entry)
            if entry.isSuspect { suspect = lastJob }
        }
    }

    /// Whether another job may be claimed, as far as room on the disk goes.
    func hasRoom() -> Bool {
        let room: FileSystemRoom
        // Where it cannot be told, it shows when something is written.
        do throws(SystemError) { room = try root.directory.room() } catch { return true }
        switch admission.note(room, configuration.reserve, root: root.path) {
        case .closed(let failure):
            activity.record(
                Event(.admissionClosed, "\(failure)", [.error: "\(failure)"]))
            AdmissionNotice.post(failure, in: root, at: Timestamp.now)
        case .opened:
            activity.record(
                Event(.admissionOpened, "There is room on the disk again: claiming jobs."))
            AdmissionNotice.remove(from: root)
        case nil: break
        }
        return admission.refusal == nil
    }

    func start(_ entry: JobQueue.Entry) {
        if case .file(let name) = entry { busy.insert(name) }
        let runner = JobRunner(
            root: root, inbox: inboxDirectory, pipelines: Pipelines(configuration: configuration),
            archive: archive, environment: environment,
            claimed: { [mailbox] in mailbox.yield(.claimed($0)) })
        lastJob += 1
        jobs[lastJob] = Task(executorPreference: BlockingExecutor.shared) { [mailbox, lastJob] in
            mailbox.yield(.jobEnded(lastJob, await runner.run(entry)))
        }
    }

    func jobEnded(_ number: Int, _ ending: JobRunner.Ending) {
        jobs[number] = nil
        if suspect == number { suspect = nil }
        switch ending {
        case .stuck(let entry, let failure):
            complain(failure)
            let patience = Duration.seconds(configuration.jobs.retryDelay)
            retries.append((ContinuousClock.now + patience, entry))
            // The next job would fare no better, and a hundred thousand after it.
            if failure.isOfTheMachine { startAgain = .now + min(patience, Self.respite) }
        case .parked(let id, let until, let wait):
            parked.add(id, until: until, wait: wait, at: .now)
        case .filed, .gone, .interrupted: break
        }
    }

    /// A file is not in the inbox any more, or may be tried again.
    func release(_ name: FileName) {
        busy.remove(name)
        inbox.forget(name)
        // Another file of that name may have come meanwhile.
        note(name, renamedIn: false)
    }

    func drain() {
        if isDraining {
            // Asked twice: do not wait for the jobs.
            mailbox.yield(.drainTimeIsOver)
            return
        }
        isDraining = true
        notifier.send(.stopping(status: "Stopping: waiting for \(jobs.count) running jobs"))
        activity.record(
            Event(
                .daemonStopping,
                "Stopping: \(jobs.count) running jobs have \(Duration.seconds(configuration.jobs.drainTime).text) to finish."
            ))
        let time = Duration.seconds(configuration.jobs.drainTime)
        Task { [mailbox] in
            try? await Task.sleep(for: time)
            mailbox.yield(.drainTimeIsOver)
        }
    }
}
