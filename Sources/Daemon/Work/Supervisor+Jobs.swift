import Core
import Linux
import Spool

/// Running jobs, and letting them end.
extension Supervisor {
    func startJobs() {
        guard !isDraining, canWork, startAgain <= .now, desk.mayStart else { return }
        if admission.refusal != nil { _ = hasRoom() }
        while jobs.count < lookahead.begun, suspect == nil, let job = nextJob() {
            if job.entry.isSuspect {
                runsAlone(job.entry)
                if !jobs.isEmpty { break }
            }
            queue.take(job)
            start(job)
        }
    }

    /// Says that all others wait for a job, and why.
    private func runsAlone(_ entry: JobQueue.Entry) {
        guard let id = entry.session, aloneSession != id else { return }
        aloneSession = id
        activity.record(
            Event(
                .jobAlone,
                "\(index.name(of: id) ?? id.description) runs alone, and others wait until it has ended: daemons died while they worked on it.",
                [.session: id.description, .job: index.name(of: id) ?? id.description]))
    }

    /// The job whose turn it is, as far as there is room for a new one and its submitter may have
    /// another at work.
    private func nextJob() -> JobQueue.Job? {
        let running = jobs.values.reduce(into: [UInt32: Int]()) { counts, job in
            if let owner = job.owner { counts[owner, default: 0] += 1 }
        }
        let configuration = configuration
        func mayRun(_ owner: UInt32) -> Bool {
            configuration.limits(of: owner).allowsOneMore(whoHas: running[owner] ?? 0)
        }
        let job = queue.next(mayRun: mayRun)
        guard job?.isNew == true, trouble != nil || !hasRoom() else { return job }
        return queue.next(isNewAllowed: false, mayRun: mayRun)
    }

    /// Whether another job may be claimed, as far as room on the disk goes.
    func hasRoom() -> Bool {
        let room: FileSystemRoom
        // Where it cannot be told, it shows when something is written.
        do throws(SystemError) { room = try root.directory.room() } catch { return true }
        let cache = environment.cache
        switch admission.note(room, configuration.reserve, root: root.path) {
        case .closed(let failure):
            closure = DaemonSnapshot.Closure(failure, since: Timestamp.now)
            activity.record(
                Event(.admissionClosed, "\(failure)", [.error: "\(failure)"]))
            // What may be made again makes room first; whether it was enough, the next look tells.
            errands.run("admission") { cache?.clear() }
        case .opened:
            closure = nil
            activity.record(
                Event(.admissionOpened, "There is room on the disk again: claiming jobs."))
        case nil: break
        }
        return admission.refusal == nil
    }

    private func start(_ job: JobQueue.Job) {
        if case .file(let name, _) = job.entry { scanner.hold(name) }
        lastJob += 1
        let number = lastJob
        if job.entry.isSuspect { suspect = number }
        var runner = jobRunner { [mailbox] name, session in
            mailbox.report(.claimed(number, name, session))
        }
        runner.job = job.entry.session.flatMap(index.name)
        let task = Task(executorPreference: BlockingExecutor.shared) { [mailbox, runner] in
            mailbox.report(.jobEnded(number, await runner.run(job.entry)))
        }
        jobs[number] = Work(
            task: task, entry: job.entry, owner: job.owner, session: job.entry.session)
    }

    /// Runs jobs by the configuration in effect.
    func jobRunner(
        claimed: @escaping @Sendable (FileName, SessionID?) -> Void = { _, _ in }
    ) -> JobRunner {
        JobRunner(
            root: root, inbox: inboxDirectory, pipelines: pipelines,
            archive: archive, worker: worker, environment: environment, claimed: claimed)
    }

    func claimed(_ number: Int, _ name: FileName, _ session: SessionID?) {
        if jobs[number] != nil { jobs[number]?.session = session }
        if let session { index.add(session, name.jobText) }
        stuck.forget(.file(name))
        release(name)
    }

    func jobEnded(_ number: Int, _ ending: JobRunner.Ending) {
        let work = jobs.removeValue(forKey: number)
        let session = work?.session
        if suspect == number { (suspect, aloneSession) = (nil, nil) }
        lookahead.noteEnd(now: began.duration(to: .now))
        if jobs.isEmpty { lookahead.noteIdle() }
        switch ending {
        case .stuck, .leftAlone: break
        default:
            if let work { stuck.forget(work.entry.job) }
            if let session { stuck.forget(.session(session)) }
        }
        switch ending {
        case .leftAlone(let entry, let failure): _ = stuck.note(entry.job, failure)
        case .stuck(let entry, let failure):
            if stuck.note(entry.job, failure) { complain(failure) }
            let patience = Duration.seconds(configuration.jobs.retryDelay)
            retries.append((ContinuousClock.now + patience, entry))
            // The next job would fare no better, and a hundred thousand after it.
            if failure.isOfTheMachine { startAgain = .now + min(patience, Self.respite) }
        case .parked(let id, let until, let wait, let breakers, let cause):
            parked.add(
                id, until: until, wait: wait, breakers: breakers, because: cause, at: .now)
            returnIfPossible(breakers)
        case .interrupted:
            // Not by a stop: by a request, which may be taken back.
            if !isDraining, let session { takeUp(session) }
        case .unready(let name): release(name)
        case .filed, .gone: if let session { index.remove(session) }
        }
        desk.lookAgainAtWaiting()
    }

    /// A file is not in the inbox any more, or may be tried again.
    func release(_ name: FileName) {
        forgotten.append(name)
        scanner.release(name)
        desk.lookAgainAtWaiting()
    }

    /// Beside the loop, for it takes as long as the disk does.
    private func noteStop() {
        stopNote = Task(executorPreference: BlockingExecutor.upkeep) { [worker, root, activity] in
            do throws(Failure) { try worker.noteStop(in: root) } catch {
                activity.record(Event(.spoolProblem, "\(error)", [.error: error.code]))
            }
        }
    }

    /// Stops, and gives the jobs at work so long to end; asked again, no time at all.
    func drain(within time: Duration? = nil) {
        if isDraining {
            // Asked twice: do not wait for the jobs.
            mailbox.raise(.drainTimeIsOver)
            return
        }
        isDraining = true
        noteStop()
        notifier.send(.stopping(status: "Stopping: waiting for \(jobs.count) running jobs"))
        let time = time ?? .seconds(configuration.jobs.drainTime)
        activity.record(
            Event(
                .daemonStopping,
                "Stopping: \(jobs.count) running jobs have \(time.text) to finish."))
        Task { [mailbox] in
            try? await Task.sleep(for: time)
            mailbox.raise(.drainTimeIsOver)
        }
    }
}
