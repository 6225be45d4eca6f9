import Core
import Glibc
import Linux
import Spool

/// Requests: the directory `control/` is watched and scanned as the inbox is. What one asks for is
/// decided here, in the loop, where nothing else moves meanwhile, and done beside it.
extension Supervisor {
    // MARK: - What lies there

    /// Looks whether there are requests, whether or not anything was announced, in the directory as
    /// its path leads to it now.
    func lookForRequests() {
        guard !isDraining else { return }
        do throws(SystemError) {
            let directory = try root.reopened(.control)
            if directory.identity != desk.directory.identity { desk.directory = directory }
            try watchRequests()
            watchComplaints.requests = nil
        } catch {
            // The state is watched beside them, and may be what it is about; they are what matters.
            let failure = SystemError(error.call, desk.directory.path, errno: error.errno)
                .failure("watch the requests in")
            if watchComplaints.requests != failure.code { complain(failure) }
            watchComplaints.requests = failure.code
        }
        readRequests()
    }

    /// The same because more happened than was told. It may go on happening: so not at once again.
    func lookForRequestsSoon() {
        if isReadingRequests || requestsPause > .now {
            readRequestsAgain = true
        } else {
            lookForRequests()
        }
    }

    /// The watch of the inbox tells of both, unless the inbox is not watched, or the directory was
    /// replaced since.
    private func watchRequests() throws(SystemError) {
        let identity = desk.directory.identity
        if watch?.second == identity {
            desk.watch = nil
        } else if desk.watch?.second != identity {
            // Of the directory itself it has no use: removals are told of a second one alone.
            desk.watch = try DirectoryWatch(
                root[.state], and: desk.directory, removalsOf: [ControlRequest.pause]
            ) { [mailbox] in mailbox.raise(.hints) }
        }
    }

    /// Whether anything tells of requests.
    var requestsAreWatched: Bool {
        let identity = desk.directory.identity
        return watch?.second == identity || desk.watch?.second == identity
    }

    /// Reads the names of all requests, the oldest first, beside the loop.
    func readRequests() {
        lookAtPause()
        guard !isReadingRequests else {
            readRequestsAgain = true
            return
        }
        isReadingRequests = true
        let (directory, activity) = (desk.directory, activity)
        Task(executorPreference: BlockingExecutor.requests) { [mailbox] in
            var found: [(changed: Double, name: FileName)] = []
            do throws(SystemError) {
                for name in try directory.entries() where !name.hasPrefix(".") {
                    guard let status = try directory.status(name) else { continue }
                    found.append((status.changed, name))
                }
            } catch {
                let failure = error.failure("read the requests in")
                activity.record(Event(.spoolProblem, "\(failure)", [.error: failure.code]))
            }
            found.sort { ($0.changed, $0.name) < ($1.changed, $1.name) }
            mailbox.report(.requestsRead(found.map(\.name)))
        }
    }

    func requestsRead(_ names: [FileName]) {
        isReadingRequests = false
        requestsPause = .now + Self.overflowPause.least
        desk.note(all: names)
        lookAtPause()
    }

    private func lookAtPause() {
        let pause = (try? PendingRequests.Pause(in: desk.directory)) ?? nil
        let before = desk.pause
        desk.pause = pause
        guard (pause == nil) != (before == nil) else { return }
        activity.record(
            pause.map {
                Event(
                    .spoolPaused,
                    "Paused: \($0.by) made control/\(ControlRequest.pause.display). No jobs are started until 'reelctl resume'."
                )
            } ?? Event(.spoolResumed, "Not paused any more: jobs are started again."))
    }

    // MARK: - A look at each

    /// How many are looked at in one go.
    private static let batch = 64

    func lookAtRequests() {
        guard !isDraining else { return }
        if readRequestsAgain, !isReadingRequests, requestsPause <= .now {
            readRequestsAgain = false
            lookForRequests()
        }
        for _ in 0..<Self.batch {
            guard let name = desk.takeNext() else { break }
            lookAtRequest(name)
        }
        if desk.hasNext { goOn() }
        learnIfDue()
        removeStrays()
    }

    private func lookAtRequest(_ name: FileName) {
        if name.hasPrefix(".") { return }
        // Also when it is gone.
        if name == ControlRequest.pause { lookAtPause() }
        do throws(Failure) {
            guard let status = try status(of: name) else { return giveBack(name) }
            if name == ControlRequest.pause, status.kind == .regular { return giveBack(name) }
            if name == ControlRequest.resume, status.kind == .regular {
                return resume(name, status)
            }
            if status.kind == .regular || status.kind == .symbolicLink {
                if let request = BreakerRequest(name) { return decide(request, name, status) }
                if let request = ControlRequest(name) {
                    guard desk.isFree(name, request.target) else { return }
                    return try decide(request, name, status)
                }
            }
            desk.strays.append(name)
            giveBack(name)
        } catch {
            requestEnded(name, .failure(error))
        }
    }

    /// Ends a pause for who may not remove another's file, beside the loop.
    private func resume(_ name: FileName, _ status: FileStatus) {
        guard !desk.isAtWork(name) else { return }
        desk.begin(name, ControlDesk.Engagement())
        let runner = ResumeRunner(
            control: desk.directory, sync: root.sync, log: activity, status: status)
        Task(executorPreference: BlockingExecutor.requests) { [mailbox] in
            do throws(Failure) {
                try runner.perform()
                mailbox.report(.requestEnded(name, .success(nil)))
            } catch {
                mailbox.report(.requestEnded(name, .failure(error)))
            }
        }
    }

    func status(of name: FileName) throws(Failure) -> FileStatus? {
        try converting("look at the request") { try desk.directory.status(name) }
    }

    private func decide(
        _ request: ControlRequest, _ name: FileName, _ status: FileStatus
    ) throws(Failure) {
        let objection = try converting("look at") { () throws in
            try ControlRequest.objection(
                to: name, status, in: desk.directory, maySay: request.verb.isForAll)
        }
        if let objection {
            return answer(request, name, status, .refuse(objection))
        }
        // A file that is just being claimed or filed will be found where it comes to.
        if case .file(let file) = request.target, scanner.isBusy(file), !desk.hasSetAside(file) {
            return desk.wait(name, for: request.target)
        }
        let lookup = JobLookup(root: root, inbox: inboxDirectory)
        // By its name alone a job is known for sure when all were looked at since that was asked.
        let isSure = lessons.isServed(name)
        let result = try lookup.find(request.target, for: request.verb, by: index, isSure: isSure)
        if let result { return try decide(request, name, status, result) }
        guard request.target.isFile else { return findEnded(request, name) }
        lessons.need(name)
        desk.wait(name, for: request.target)
    }

    /// A session that is not claimed has ended, or there is none. To tell takes reading a directory of
    /// all that has ended: beside the loop.
    private func findEnded(_ request: ControlRequest, _ name: FileName) {
        desk.begin(name, ControlDesk.Engagement(target: request.target))
        let lookup = JobLookup(root: root, inbox: inboxDirectory)
        Task(executorPreference: BlockingExecutor.requests) { [mailbox] in
            do throws(Failure) {
                let result = try lookup.find(request.target, for: request.verb)
                mailbox.report(.targetFound(name, .success(result)))
            } catch {
                mailbox.report(.targetFound(name, .failure(error)))
            }
        }
    }

    func targetFound(_ name: FileName, _ result: Swift.Result<JobLookup.Result, Failure>) {
        desk.stopPerforming(name)
        do throws(Failure) {
            let result = try result.get()
            guard let request = ControlRequest(name), let status = try status(of: name) else {
                return giveBack(name)
            }
            // It has come to life meanwhile.
            if case .found(let found) = result, case .session = found.place {
                return desk.note(name)
            }
            try decide(request, name, status, result)
        } catch {
            requestEnded(name, .failure(error))
        }
    }

    private func decide(
        _ request: ControlRequest, _ name: FileName, _ status: FileStatus,
        _ result: JobLookup.Result
    ) throws(Failure) {
        switch result {
        case .none: answer(request, name, status, .dismiss("there is no such job"))
        case .ambiguous(let ids):
            let list = ids.map(\.description).joined(separator: ", ")
            answer(request, name, status, .refuse("it could be any of \(list)"))
        case .found(let found):
            guard
                ControlRequest.mayBeMade(
                    request.verb, by: status.owner, owner: found.owner, daemon: geteuid())
            else {
                let owner = UserAccount.text(found.owner)
                return answer(request, name, status, .refuse("the job is \(owner)'s"))
            }
            if isBeingClaimed(found.place) { return desk.wait(name, for: request.target) }
            switch ControlPlan(request.verb, found.place) {
            case .alreadySo(let reason), .impossible(let reason):
                // Done before, perhaps, and nobody was told of the session.
                let session = found.session.flatMap { isKnown($0) ? nil : $0 }
                answer(request, name, status, .dismiss("the job \(reason)"), session)
            case .perform:
                guard let engagement = setAside(found, for: request.target) else {
                    return desk.wait(name, for: request.target)
                }
                begin(request, name, status, engagement) { (runner) async throws(Failure) in
                    try await runner.perform(on: found)
                }
            }
        }
    }

    /// Says something about a request, beside the loop, and is done with it.
    private func answer(
        _ request: ControlRequest, _ name: FileName, _ status: FileStatus,
        _ answer: RequestRunner.Answer, _ session: SessionID? = nil
    ) {
        let engagement = ControlDesk.Engagement(target: request.target)
        begin(request, name, status, engagement) { (runner) async throws(Failure) in
            try runner.give(answer)
            return session
        }
    }

    private func begin(
        _ request: ControlRequest, _ name: FileName, _ status: FileStatus,
        _ engagement: ControlDesk.Engagement,
        _ work: @escaping @Sendable (RequestRunner) async throws(Failure) -> SessionID?
    ) {
        let runner = RequestRunner(
            runner: jobRunner(), control: desk.directory, request: request, file: name,
            status: status)
        desk.begin(name, engagement)
        Task(executorPreference: BlockingExecutor.requests) { [mailbox] in
            do throws(Failure) {
                mailbox.report(.requestEnded(name, .success(try await work(runner))))
            } catch {
                mailbox.report(.requestEnded(name, .failure(error)))
            }
        }
    }

    // MARK: - Who has what

    /// Whether somebody works on a session, or will.
    private func isKnown(_ id: SessionID) -> Bool {
        isAtWork(id) || queue.contains(id) || parked.contains(id) || desk.hasSetAside(id)
            || retries.contains { $0.1.session == id }
    }

    /// Whether a session may be one that is only just being claimed: who does will say so.
    private func isBeingClaimed(_ place: JobLookup.Place) -> Bool {
        guard case .session(let id, let state) = place, state != .held, !isKnown(id) else {
            return false
        }
        return jobs.values.contains { $0.session == nil }
    }

    /// Sees to it that nobody works on a job; nil if somebody does, who has been told to stop.
    private func setAside(
        _ found: JobLookup.Found, for target: ControlRequest.Target
    ) -> ControlDesk.Engagement? {
        var engagement = ControlDesk.Engagement(target: target)
        switch found.place {
        case .waiting(let name, in: .inbox), .ended(let name, _):
            // What is retried comes into the inbox, and is looked at when that is complete.
            if scanner.isBusy(name), !desk.hasSetAside(name) { return nil }
            scanner.hold(name)
            queue.remove(name)
            engagement.file = name
        case .session(let id, _):
            if let work = jobs.values.first(where: { $0.session == id }) {
                work.task.cancel()
                return nil
            }
            queue.remove(id)
            parked.remove(id)
            retries.removeAll { $0.1.session == id }
            engagement.session = id
        case .waiting: break
        }
        return engagement
    }

    /// A request was carried out, or could not be, and is tried again then.
    func requestEnded(_ name: FileName, _ result: Swift.Result<SessionID?, Failure>) {
        switch result {
        case .success(let session):
            giveBack(name)
            if let session {
                stuck.forget(.session(session))
                takeUp(session)
            }
        case .failure(let failure):
            if desk.fail(name, tryAgain: .now + Self.respite) { complain(failure) }
        }
    }

    /// What a request had to itself is for others again.
    private func giveBack(_ name: FileName) {
        lessons.end(name)
        guard let engagement = desk.end(name) else { return }
        if let file = engagement.file { release(file) }
        if let session = engagement.session { takeUp(session) }
    }
}

extension ControlRequest.Target {
    /// Whether it is meant by a file's name.
    fileprivate var isFile: Bool { if case .file = self { true } else { false } }
}
