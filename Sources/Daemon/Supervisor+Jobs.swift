import Core
import Linux
import Spool

/// Running jobs, and letting them end.
extension Supervisor {
    func startJobs() {
        guard !isDraining, startAgain <= .now, desk.mayStart else { return }
        if admission.refusal != nil { _ = hasRoom() }
        while jobs.count < lookahead.begun, suspect == nil,
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
            // What may be made again makes room first; whether it was enough, the next look tells.
            environment.cache?.clear()
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
        lastJob += 1
        let runner = jobRunner { [mailbox, lastJob] name, session in
            mailbox.yield(.claimed(lastJob, name, session))
        }
        sessionsAtWork[lastJob] = entry.session
        jobs[lastJob] = Task(executorPreference: BlockingExecutor.shared) { [mailbox, lastJob] in
            mailbox.yield(.jobEnded(lastJob, await runner.run(entry)))
        }
    }

    /// Runs jobs by the configuration in effect.
    func jobRunner(
        claimed: @escaping @Sendable (FileName, SessionID?) -> Void = { _, _ in }
    ) -> JobRunner {
        JobRunner(
            root: root, inbox: inboxDirectory, pipelines: Pipelines(configuration: configuration),
            archive: archive, worker: worker, environment: environment, claimed: claimed)
    }

    func claimed(_ number: Int, _ name: FileName, _ session: SessionID?) {
        if jobs[number] != nil { sessionsAtWork[number] = session }
        release(name)
    }

    func jobEnded(_ number: Int, _ ending: JobRunner.Ending) {
        jobs[number] = nil
        let session = sessionsAtWork.removeValue(forKey: number)
        if suspect == number { suspect = nil }
        lookahead.noteEnd(now: began.duration(to: .now))
        if jobs.isEmpty { lookahead.noteIdle() }
        switch ending {
        case .stuck(let entry, let failure):
            complain(failure)
            let patience = Duration.seconds(configuration.jobs.retryDelay)
            retries.append((ContinuousClock.now + patience, entry))
            // The next job would fare no better, and a hundred thousand after it.
            if failure.isOfTheMachine { startAgain = .now + min(patience, Self.respite) }
        case .parked(let id, let until, let wait, let breakers):
            parked.add(id, until: until, wait: wait, breakers: breakers, at: .now)
            returnIfPossible(breakers)
        case .interrupted:
            // Not by a stop: by a request, which may be taken back.
            if !isDraining, let session { takeUp(session) }
        case .filed, .gone: break
        }
        desk.lookAgainAtWaiting()
    }

    /// Queues or parks a session by where its file is, unless somebody has it already.
    func takeUp(_ id: SessionID) {
        guard !sessionsAtWork.values.contains(id), !desk.hasSetAside(id) else { return }
        let name: FileName = "\(id).json"
        do throws(SystemError) {
            if let status = try root[.deferred].status(name) {
                park(id, until: Timestamp(secondsSince1970: status.modified))
            } else if try root[.active].contains(name) {
                let isWhole = try root[.outputs].contains(FileName(id.description))
                if isWhole { enqueue(id) } else { queue.add(claim: id) }
            }
        } catch {
            complain(error.failure("take up \(id):"))
            retries.append((.now + .seconds(configuration.jobs.retryDelay), .claim(id)))
        }
    }

    /// A file is not in the inbox any more, or may be tried again.
    func release(_ name: FileName) {
        busy.remove(name)
        inbox.forget(name)
        // Another file of that name may have come meanwhile.
        note(name, renamedIn: false)
        desk.lookAgainAtWaiting()
    }

    /// Beside the loop, for it takes as long as the disk does.
    private func noteStop() {
        stopNote = Task(executorPreference: BlockingExecutor.shared) { [worker, root, activity] in
            do throws(Failure) { try worker.noteStop(in: root) } catch {
                activity.record(Event(.spoolProblem, "\(error)", [.error: error.code]))
            }
        }
    }

    func drain() {
        if isDraining {
            // Asked twice: do not wait for the jobs.
            mailbox.yield(.drainTimeIsOver)
            return
        }
        isDraining = true
        noteStop()
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
