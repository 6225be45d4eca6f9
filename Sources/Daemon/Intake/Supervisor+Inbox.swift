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

    // MARK: - The watch

    /// Watches the inbox as its path leads to it now, made again if it is gone.
    func armWatch(isStart: Bool = false) {
        guard !isDraining else { return }
        watch = nil
        pollReason = nil
        do throws(SystemError) {
            let directory = try root.reopenedInbox()
            if directory.identity != inboxDirectory.identity {
                inboxDirectory = directory
                beginAnew()
                // What was in the way of jobs may have been the other one.
                nextProbe = .now
            }
            if configuration.inbox.watch == .poll {
                pollReason = "as configured"
            } else {
                pollReason = directory.sharedFileSystem.map {
                    "for nothing tells what other machines do on \($0)"
                }
                watch = try DirectoryWatch(
                    directory, and: desk.directory, removalsOf: [ControlRequest.pause]
                ) { [mailbox] in mailbox.raise(.hints) }
            }
            // At the start that it is ready says so.
            if !isStart {
                activity.record(Event(.inboxWatched, "\(watching.capitalizedFirst)."))
            }
            watchComplaints.inbox = nil
        } catch {
            pollReason = "for it cannot be watched"
            // It is tried again with every scan.
            let failure = error.failure("watch the inbox")
            if watchComplaints.inbox != failure.code { complain(failure) }
            watchComplaints.inbox = failure.code
        }
        listing = ListingRule()
        if pollReason != nil { nextPoll = .now + .seconds(configuration.inbox.pollInterval) }
    }

    /// Looks at the inbox, which may be another one or be judged otherwise by now, with a fresh eye.
    func beginAnew() {
        inboxEpoch += 1
        inbox = Inbox(
            inboxDirectory, settling: configuration.settling,
            parse: pipelines.header)
        (forgotten, immovable) = ([], [])
        scan = nil
        scanIsEnding = false
    }

    /// How the inbox is watched, in words.
    var watching: String {
        let watched = "watching \(inboxDirectory.path)"
        guard let pollReason else { return watched }
        let interval = Duration.seconds(configuration.inbox.pollInterval).text
        let polled = "looking at \(inboxDirectory.path) every \(interval), \(pollReason)"
        return watch == nil ? polled : "\(watched), and \(polled)"
    }

    /// Takes what the watches have to say.
    func takeHints() {
        if let hints = watch?.take() {
            for (name, renamedIn) in hints.names { scanner.hint(name, renamedIn: renamedIn) }
            for name in hints.others { desk.note(name) }
            if hints.isOverflown {
                lookThroughInboxSoon()
                lookForRequestsSoon()
            }
            if hints.isGone {
                lookForRoot()
                if rootIsLost { return }
                armWatch()
                lookThroughInbox()
            }
        }
        if let hints = desk.watch?.take() {
            for name in hints.others { desk.note(name) }
            if hints.isOverflown { lookForRequestsSoon() }
        }
    }

    // MARK: - The scan

    /// Begins to look at every file of the inbox, whether or not anything was announced.
    func lookThroughInbox() {
        nextScan = ContinuousClock.now + .seconds(configuration.inbox.scanInterval)
        beginScan()
        readParkedFiles()
    }

    /// The same because more happened than was told. It may go on happening: so not at once again.
    private func lookThroughInboxSoon() {
        if scan != nil || scanIsEnding {
            scanSoon = true
        } else if scanPause <= .now {
            lookThroughInbox()
        } else {
            nextScan = min(nextScan, scanPause)
        }
    }

    func beginScan() {
        guard scan == nil, !scanIsEnding else {
            // Where it has been already there may be something new.
            scanAgain = true
            return
        }
        do throws(SystemError) {
            scan = (try DirectoryStream(inboxDirectory), .now)
            queue.beginSweep()
        } catch {
            complain(error.failure("read the inbox"))
        }
        goOn()
    }

    /// The next few names of the scan that nobody else has to do with.
    private func namesOfScan(_ most: Int) -> [FileName] {
        guard let stream = scan?.stream else { return [] }
        var names: [FileName] = []
        do throws(SystemError) {
            for _ in 0..<most {
                guard let name = try stream.next() else {
                    scanIsEnding = true
                    break
                }
                if !scanner.isBusy(name), !scanner.isHinted(name) { names.append(name) }
            }
        } catch {
            complain(error.failure("read the inbox"))
            endScan(isWhole: false)
        }
        return names
    }

    private func endScan(isWhole: Bool) {
        let pause = max(
            Self.overflowPause.least,
            (scan.map { $0.began.duration(to: .now) } ?? .zero) * Self.overflowPause.factor)
        scanPause = .now + pause
        scan = nil
        scanIsEnding = false
        if isWhole, !scanAgain { queue.endSweep() }
        if scanAgain {
            beginScan()
        } else if scanSoon {
            nextScan = min(nextScan, scanPause)
        }
        (scanAgain, scanSoon) = (false, false)
    }

    /// Looks for files that have come, where nothing is announced. The directory's times tell
    /// whether to list it. A file that is there waits for its time or its turn, and is looked at
    /// again then; only what waits for its permissions shows by nothing else.
    func poll() {
        // One that cannot be asked is read, which says why.
        let status = try? inboxDirectory.status()
        if status.map({ listing.isDue($0, at: .now) }) != false { beginScan() }
        for name in inbox?.blocked ?? [] { scanner.hint(name) }
    }

    // MARK: - A look at each file

    /// For how many times `jobs.retry_delay` a file is left alone that could not be filed, at the least: to try
    /// costs the disk a receipt each time.
    private static let immovablePatience = 20.0

    /// Has the next few files looked at, beside the loop.
    func examineFiles() {
        guard !isDraining, let inbox else { return }
        var batch = scanner.takeBatch()
        let isTidying = scanIsEnding && batch.isEmpty
        if batch.isEmpty, scan != nil, !scanIsEnding {
            batch = namesOfScan(InboxScanner.batch).map { ($0, false) }
            // Nothing but what others have to do with: on to the next.
            if batch.isEmpty, scan != nil { goOn() }
        }
        guard !batch.isEmpty || isTidying else { return }
        var given = inbox
        self.inbox = nil
        for (name, remark) in immovable {
            given.leave(
                name, remark.status, because: remark.failure,
                until: .now + .seconds(configuration.jobs.retryDelay * Self.immovablePatience))
        }
        immovable = []
        let examination = Examination(
            epoch: inboxEpoch, inbox: given,
            looks: batch.map {
                .init(name: $0.name, renamedIn: $0.renamedIn, known: queue.stamp(of: $0.name))
            }, forgotten: forgotten, remarked: isTidying ? remarks.names : [], isTidying: isTidying)
        forgotten = []
        Task(executorPreference: BlockingExecutor.upkeep) { [mailbox] in
            var examination = examination
            examination.perform()
            mailbox.report(.examined(examination))
        }
    }

    /// A few files were looked at.
    func examined(_ examination: Examination) {
        guard examination.epoch == inboxEpoch else {
            for (name, _) in examination.verdicts { scanner.hint(name) }
            return
        }
        inbox = examination.inbox
        for (name, verdict) in examination.verdicts {
            if scanner.examined(name) { heed(verdict, name) }
        }
        for name in examination.gone { remarks.forget(name) }
        if examination.isTidying, scanIsEnding { endScan(isWhole: true) }
    }

    private func heed(_ verdict: Inbox.Verdict, _ name: FileName) {
        switch verdict {
        case .ready, .unchanged, .reject, .gone: remarks.forget(name)
        case .wait, .leaveAlone: break
        }
        switch verdict {
        case .ready, .unchanged: break
        case .wait, .leaveAlone, .reject, .gone: stuck.forget(.file(name))
        }
        switch verdict {
        case .ready(let candidate, let stamp, let status): admit(candidate, stamp, status)
        case .unchanged: queue.meet(name)
        case .wait(let time, let remark):
            queue.remove(name)
            scanner.recheck(name, at: .now + time)
            note(remark, of: name)
        case .leaveAlone(let remark):
            queue.remove(name)
            note(remark, of: name)
        case .reject(_, let status)
        where !configuration.hooks.rejected.isEmpty && status.kind == .regular && status.links == 1:
            // Whoever is told of it needs a session to be told in: it is claimed like a job, and found to be
            // none then. Only a file that may be somebody's spec is.
            admit(Inbox.candidate(name, status), Inbox.stamp(of: status), status)
        case .reject(let failure, let status):
            queue.remove(name)
            scanner.reject(.init(name: name, failure: failure, status: status))
        case .gone:
            queue.remove(name)
        }
    }

    /// Notes what there is to say of a file that is not taken up.
    private func note(_ remark: Inbox.Remark?, of name: FileName) {
        guard let remark else { return remarks.forget(name) }
        guard remarks.note(name, remark, at: Timestamp.now, .now) else { return }
        let failure = remark.failure
        let isWaitedFor = failure.kind == .transient
        activity.record(
            Event(
                .fileLeftAlone,
                isWaitedFor
                    ? "Waiting with inbox/\(name.display): \(failure)"
                    : "Left inbox/\(name.display) alone: \(failure)",
                [.job: name.display, .error: failure.code],
                priority: failure.code == "not_a_job" ? .info : nil))
    }

    /// A job waits for its turn from now on, as far as its submitter may have another.
    private func admit(_ candidate: Inbox.Candidate, _ stamp: UInt64, _ status: FileStatus) {
        var candidate = candidate
        let limits = configuration.limits(of: candidate.owner)
        let isNew = queue.stamp(of: candidate.name) == nil
        if isNew,
            let failure = limits.refusal(of: candidate, whoHas: queue.waiting(of: candidate.owner))
        {
            scanner.reject(.init(name: candidate.name, failure: failure, status: status))
            return
        }
        candidate.priority = limits.priority(candidate.priority)
        queue.add(candidate, stamp: stamp)
    }

    // MARK: - What is no job

    /// Files what is no job under `rejected/`, beside the loop, a few at a time.
    func rejectFiles() {
        guard !isDraining else { return }
        while let reject = scanner.takeReject() {
            let (rejection, inboxDirectory, activity) = (rejection, inboxDirectory, activity)
            Task(executorPreference: BlockingExecutor.upkeep) { [mailbox] in
                let name = reject.name
                do throws(Failure) {
                    let result = try rejection.reject(
                        name, of: inboxDirectory, judgedAs: reject.status,
                        because: reject.failure, at: .now)
                    if case .filed = result { activity.record(.rejected(name, reject.failure)) }
                    mailbox.report(.rejectionEnded(name, reject.status, nil))
                } catch {
                    mailbox.report(.rejectionEnded(name, reject.status, error))
                }
            }
        }
    }

    func rejectionEnded(_ name: FileName, _ status: FileStatus, _ failure: Failure?) {
        scanner.rejectionEnded(name, isFiled: failure == nil)
        if failure == nil { forgotten.append(name) }
        desk.lookAgainAtWaiting()
        guard let failure else { return }
        // What the machine is short of may be there again at the next look.
        if failure.isOfTheMachine {
            scanner.recheck(name, at: .now + .seconds(configuration.jobs.retryDelay))
        } else {
            let remark = Inbox.Remark(failure: failure, status: status)
            immovable.append((name, remark))
            note(remark, of: name)
            return
        }
        complain(failure)
    }
}

extension String {
    /// The text as a sentence begins.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
