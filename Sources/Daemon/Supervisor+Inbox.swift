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
            case .parked(let id, let until): park(id, until: until)
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
            isSuspect: record.map(worker.isSuspect) ?? false)
    }

    /// A job that an earlier daemon parked. How long it was to wait, and for which breakers, is on
    /// record, but matters only if its wake time is far away.
    func park(_ id: SessionID, until: Timestamp) {
        var wait: Duration?
        var breakers: [String] = []
        if until.since(.now) > .seconds(60),
            let directory = try? root[.outputs].directory(id.description),
            let parking = (try? SessionRecord.read(from: directory))?.parking,
            parking.until == until
        {
            wait = .seconds(parking.seconds)
            breakers = parking.breakers ?? []
        }
        parked.add(id, until: until, wait: wait, breakers: breakers, at: .now)
        returnIfPossible(breakers)
    }

    /// Watches the inbox as its path leads to it now, made again if it is gone.
    func armWatch() {
        guard !isDraining else { return }
        watchTask?.cancel()
        watch = nil
        pollReason = nil
        do throws(SystemError) {
            let directory = try root.reopenedInbox()
            if directory.identity != inboxDirectory.identity {
                inboxDirectory = directory
                inbox.move(to: directory)
                // What it was reading is not the inbox any more.
                scanning = nil
            }
            if configuration.inbox.watch == .poll {
                pollReason = "as configured"
            } else {
                pollReason = directory.sharedFileSystem.map {
                    "for nothing tells what other machines do on \($0)"
                }
                let watch = try DirectoryWatch(directory, and: desk.directory)
                self.watch = watch
                watchTask = Task { [mailbox] in
                    for await hint in watch.hints { mailbox.yield(.hint(hint)) }
                }
            }
            activity.record(Event(.inboxWatched, "\(watching.capitalizedFirst)."))
        } catch {
            pollReason = "for it cannot be watched"
            complain(error.failure("watch the inbox"))
        }
        listing = ListingRule()
        if pollReason != nil { nextPoll = .now + .seconds(configuration.inbox.pollInterval) }
    }

    /// How the inbox is watched, in words.
    var watching: String {
        let watched = "watching \(inboxDirectory.path)"
        guard let pollReason else { return watched }
        let interval = Duration.seconds(configuration.inbox.pollInterval).text
        let polled = "looking at \(inboxDirectory.path) every \(interval), \(pollReason)"
        return watch == nil ? polled : "\(watched), and \(polled)"
    }

    /// Begins to look at every file of the inbox, whether or not anything was announced.
    func scan() {
        nextScan = ContinuousClock.now + .seconds(configuration.inbox.scanInterval)
        beginScan()
    }

    private func beginScan() {
        guard scanning == nil else {
            // Where it has been already there may be something new.
            scanAgain = true
            return
        }
        do throws(SystemError) {
            scanning = try DirectoryStream(inboxDirectory)
            queue.beginSweep()
            for name in try root[.deferred].entries() { lookAtDeferred(name) }
        } catch {
            complain(error.failure("read the inbox"))
        }
        goOn()
    }

    /// Takes the scan a few files further.
    func goOnScanning() {
        guard let scanning else { return }
        do throws(SystemError) {
            for _ in 0..<Self.batch {
                guard let name = try scanning.next() else { return endScan(isWhole: true) }
                if !busy.contains(name), toExamine[name] == nil { lookAt(name, false) }
            }
            goOn()
        } catch {
            complain(error.failure("read the inbox"))
            endScan(isWhole: false)
        }
    }

    private func endScan(isWhole: Bool) {
        scanning = nil
        if isWhole, !scanAgain {
            queue.endSweep()
            inbox.forgetGone()
            unrejectable = unrejectable.filter { (try? inboxDirectory.contains($0)) != false }
        }
        if scanAgain {
            scanAgain = false
            scan()
        }
    }

    /// Looks for files that have come, where nothing is announced. The directory's times tell
    /// whether to list it. A file that is there waits for its time or its turn, and is looked at
    /// again then; only what waits for its permissions shows by nothing else.
    func poll() {
        nextPoll = ContinuousClock.now + .seconds(configuration.inbox.pollInterval)
        // One that cannot be asked is read, which says why.
        let status = try? inboxDirectory.status()
        if status.map({ listing.isDue($0, at: .now) }) != false { beginScan() }
        for name in inbox.blocked { note(name, renamedIn: false) }
    }

    /// An operator may have changed when a parked job is due.
    func lookAtDeferred(_ name: FileName) {
        guard let text = name.text, let id = SessionID(text.dropLast(".json".count)),
            parked.contains(id), let status = try? root[.deferred].status(name)
        else { return }
        parked.notice(id, until: Timestamp(secondsSince1970: status.modified))
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
        if !toExamine.isEmpty { goOn() }
        goOnScanning()
    }

    func lookAt(_ name: FileName, _ renamedIn: Bool) {
        heed(
            inbox.examine(
                name, renamedIn: renamedIn, known: queue.stamp(of: name), instant: .now), name)
    }

    /// Whether a job is still what it was when it was queued. Files wait there for hours, and their
    /// owners may be at work on them again.
    func isStillReady(_ name: FileName, _ stamp: UInt64) -> Bool {
        let verdict = inbox.examine(name, known: stamp, anew: true, instant: .now)
        if case .unchanged = verdict { return true }
        heed(verdict, name)
        return false
    }

    private func heed(_ verdict: Inbox.Verdict, _ name: FileName) {
        recheck.remove(name)
        switch verdict {
        case .ready(let candidate, let stamp): queue.add(candidate, stamp: stamp)
        case .unchanged: queue.meet(name)
        case .wait(let time):
            queue.remove(name)
            recheck.set(name, to: .now + time)
        case .leaveAlone(let failure):
            queue.remove(name)
            if let failure {
                activity.record(
                    Event(
                        .fileLeftAlone, "Left inbox/\(name.display) alone: \(failure)",
                        [.job: name.display, .error: failure.code],
                        priority: failure.code == "not_a_job" ? .info : nil))
            }
        case .reject(let failure, let status):
            queue.remove(name)
            reject(name, status, failure)
        case .gone:
            queue.remove(name)
        }
    }

    /// Files something that is no job under `rejected/`, beside the loop.
    func reject(_ name: FileName, _ status: FileStatus, _ failure: Failure) {
        busy.insert(name)
        let (rejection, inboxDirectory, activity) = (rejection, inboxDirectory, activity)
        Task(executorPreference: BlockingExecutor.shared) { [mailbox] in
            do throws(Failure) {
                let result = try rejection.reject(
                    name, of: inboxDirectory, judgedAs: status, because: failure, at: .now)
                if case .filed = result { activity.record(.rejected(name, failure)) }
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

extension String {
    /// The text as a sentence begins.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
