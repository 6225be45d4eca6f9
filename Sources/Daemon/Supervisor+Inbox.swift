import Core
import Linux
import Spool

/// Finding jobs: recovery, the watch, the scan, and a look at each file.
extension Supervisor {
    /// Takes up what the last daemon left.
    func recover() throws(Failure) {
        for finding in try Recovery(root: root).run() {
            switch finding {
            case .job(let id): enqueue(id)
            case .claim(let id): queue.add(claim: id)
            case .parked(let id, let until): parked[id] = until
            case .leftover(let failure): complain(failure)
            case .stray(let state, let name):
                activity.record(
                    Event(
                        .fileLeftAlone,
                        "Left \(state.rawValue)/\(name.display) alone: it belongs to no session. Move it to inbox/ if it is a job."
                    ))
            }
        }
    }

    /// Queues a session. Its record says how urgent it is, and whether daemons died over it.
    func enqueue(_ id: SessionID) {
        let record = try? SessionRecord.read(
            from: root[.outputs].directory(id.description))
        queue.add(
            id, priority: record?.priority ?? 0, arrived: record?.arrived ?? Timestamp.now,
            isSuspect: record?.isSuspect ?? false)
    }

    /// Watches the inbox as its path leads to it now, made again if it is gone.
    func armWatch() {
        guard !isDraining else { return }
        do throws(SystemError) {
            let directory = try root.reopenedInbox()
            if directory.identity != inboxDirectory.identity {
                inboxDirectory = directory
                inbox.move(to: directory)
            }
            let watch = try DirectoryWatch(directory)
            self.watch = watch
            watchTask?.cancel()
            watchTask = Task { [mailbox] in
                for await hint in watch.hints { mailbox.yield(.hint(hint)) }
            }
            activity.record(Event(.inboxWatched, "Watching \(directory.path)."))
        } catch {
            watch = nil
            complain(error.failure("watch the inbox"))
        }
    }

    /// Looks at every file of the inbox, whether or not anything was announced.
    func scan() {
        nextScan = ContinuousClock.now + .seconds(configuration.inbox.scanInterval)
        do throws(SystemError) {
            let names = Set(try inboxDirectory.entries())
            inbox.retainSightings(of: names)
            queue.retainCandidates(names)
            unrejectable.formIntersection(names)
            for name in names where toExamine[name] == nil { note(name, renamedIn: false) }
            for name in try root[.deferred].entries() { lookAtDeferred(name) }
        } catch {
            complain(error.failure("read the inbox"))
        }
    }

    /// An operator may have changed when a parked job is due.
    func lookAtDeferred(_ name: FileName) {
        guard let text = name.text, let id = SessionID(text.dropLast(".json".count)),
            parked[id] != nil, let status = try? root[.deferred].status(name)
        else { return }
        parked[id] = Timestamp(secondsSince1970: status.modified)
    }

    func note(_ name: FileName, renamedIn: Bool) {
        guard !isDraining, !busy.contains(name) else { return }
        toExamine[name] = renamedIn || toExamine[name] == true
    }

    func lookAtFiles() {
        guard !isDraining else { return }
        // A copy of a few: a slice would make the first change copy all there are.
        for (name, renamedIn) in Array(toExamine.prefix(Self.batch)) {
            toExamine[name] = nil
            if !busy.contains(name) { lookAt(name, renamedIn) }
        }
        if !toExamine.isEmpty { mailbox.yield(.goOn) }
    }

    func lookAt(_ name: FileName, _ renamedIn: Bool) {
        recheck[name] = nil
        let now = ContinuousClock.now
        switch inbox.examine(name, renamedIn: renamedIn, now: Timestamp.now, instant: now) {
        case .ready(let candidate): queue.add(candidate)
        case .wait(let time):
            queue.remove(name)
            recheck[name] = now + time
        case .leaveAlone(let failure):
            queue.remove(name)
            if let failure {
                activity.record(
                    Event(
                        .fileLeftAlone, "Left inbox/\(name.display) alone: \(failure)",
                        [.job: name.display, .error: failure.code],
                        priority: failure.code == "not_a_job" ? .info : nil))
            }
        case .reject(let failure):
            queue.remove(name)
            reject(name, failure)
        case .gone:
            queue.remove(name)
        }
    }

    /// Files something that is no job under `rejected/`, beside the loop.
    func reject(_ name: FileName, _ failure: Failure) {
        busy.insert(name)
        let status = try? inboxDirectory.status(name)
        let receipt = Receipt(
            rejecting: name, because: failure,
            arrived: status.map { Timestamp(secondsSince1970: $0.modified) }, at: Timestamp.now)
        let (archive, inboxDirectory, activity) = (archive, inboxDirectory, activity)
        Task(executorPreference: BlockingExecutor.shared) { [mailbox] in
            do throws(Failure) {
                let filed = try await archive.file(
                    name, of: inboxDirectory, droppedAs: name, receipt)
                if filed != nil { activity.record(.rejected(name, failure)) }
                mailbox.yield(.rejectionEnded(name, nil))
            } catch {
                mailbox.yield(.rejectionEnded(name, error))
            }
        }
    }

    func rejectionEnded(_ name: FileName, _ failure: Failure?) {
        busy.remove(name)
        desk.lookAgainAtWaiting()
        guard let failure else {
            unrejectable.remove(name)
            release(name)
            return
        }
        if unrejectable.insert(name).inserted { complain(failure) }
    }
}
