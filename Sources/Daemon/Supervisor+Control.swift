import Core
import Glibc
import Linux
import Spool

/// Requests: the directory `control/` is watched and scanned as the inbox is. What one asks for is
/// decided here, in the loop, where nothing else moves meanwhile, and done beside it.
extension Supervisor {
    /// Looks whether there are requests, whether or not anything was announced, in the directory as
    /// its path leads to it now.
    func lookForRequests() {
        guard !isDraining else { return }
        do throws(SystemError) {
            let directory = try root.reopened(.control)
            if directory.identity != desk.directory.identity { desk.directory = directory }
            try watchRequests()
        } catch {
            complain(error.failure("watch the requests in"))
        }
        scanRequests()
    }

    /// The watch of the inbox tells of both, unless the inbox is not watched, or the directory was
    /// replaced since.
    private func watchRequests() throws(SystemError) {
        let identity = desk.directory.identity
        if watch?.second == identity {
            desk.watch = nil
            desk.watchTask?.cancel()
        } else if desk.watch?.second != identity {
            // Of the directory itself it has no use: removals are told of a second one alone.
            let watch = try DirectoryWatch(root[.state], and: desk.directory)
            desk.watch = watch
            desk.watchTask?.cancel()
            desk.watchTask = Task { [mailbox] in
                for await hint in watch.hints where hint == .second { mailbox.yield(.hint(hint)) }
            }
        }
    }

    private func scanRequests() {
        do throws(SystemError) {
            for name in try desk.directory.entries() { desk.note(name) }
        } catch {
            complain(error.failure("read the requests in"))
        }
        lookAtPause()
    }

    func lookAtRequests() {
        guard !isDraining else { return }
        for name in desk.takeBatch() { lookAtRequest(name) }
        desk.noteTurn()
        if !desk.toLookAt.isEmpty, !desk.isPerforming { goOn() }
    }

    private func lookAtPause() {
        let status = try? desk.directory.status(ControlRequest.pause)
        guard desk.isPaused != (status != nil) else { return }
        desk.isPaused = status != nil
        activity.record(
            status.map {
                Event(
                    .spoolPaused,
                    "Paused: \(UserAccount.text($0.owner)) made control/\(ControlRequest.pause.display). No jobs are started until it is removed."
                )
            } ?? Event(.spoolResumed, "Not paused any more: jobs are started again."))
    }

    private func lookAtRequest(_ name: FileName) {
        if name == ControlRequest.pause { return lookAtPause() }
        do throws(Failure) {
            guard let status = try status(of: name) else { return giveBack(name) }
            if let request = BreakerRequest(name), status.kind != .directory {
                return try carryOut(request, name, status)
            }
            guard let request = ControlRequest(name), status.kind != .directory else {
                return leaveAlone(name)
            }
            guard desk.isFree(name, request.target) else { return }
            // What was asked for first is done first.
            let first = try earliest(about: request.target) ?? (request, name, status)
            try decide(first.0, first.1, first.2)
        } catch {
            requestEnded(name, .failure(error))
        }
    }

    func status(of name: FileName) throws(Failure) -> FileStatus? {
        try converting("look at the request") { try desk.directory.status(name) }
    }

    /// The oldest request about a job.
    private func earliest(
        about target: ControlRequest.Target
    ) throws(Failure) -> (ControlRequest, FileName, FileStatus)? {
        var found: [(request: ControlRequest, name: FileName, status: FileStatus)] = []
        for verb in ControlRequest.Verb.allCases {
            let request = ControlRequest(verb, target)
            guard let name = request.fileName, let status = try status(of: name),
                status.kind != .directory
            else { continue }
            found.append((request, name, status))
        }
        return found.min { $0.status.changed < $1.status.changed }
    }

    private func decide(
        _ request: ControlRequest, _ name: FileName, _ status: FileStatus
    ) throws(Failure) {
        let runner = RequestRunner(
            runner: jobRunner(), control: desk.directory, request: request, file: name,
            status: status)
        func begin(
            _ engagement: ControlDesk.Engagement,
            _ work: @escaping @Sendable () async throws(Failure) -> SessionID?
        ) {
            desk.begin(name, engagement)
            Task(executorPreference: BlockingExecutor.shared) { [mailbox] in
                do throws(Failure) {
                    mailbox.yield(.requestEnded(name, .success(try await work())))
                } catch {
                    mailbox.yield(.requestEnded(name, .failure(error)))
                }
            }
        }
        let plain = ControlDesk.Engagement(target: request.target)
        func refuse(_ reason: String) {
            begin(plain) { () async throws(Failure) in
                try runner.refuse(reason)
                return nil
            }
        }
        func dismiss(_ reason: String, _ session: SessionID? = nil) {
            begin(plain) { () async throws(Failure) in
                try runner.dismiss(reason)
                return session
            }
        }

        let directory = try converting("look at") { try desk.directory.status() }
        if let objection = ControlRequest.objection(to: status, in: directory) {
            return refuse(objection)
        }
        // A file that is just being claimed or filed will be found where it comes to.
        if case .file(let file) = request.target, busy.contains(file), !desk.hasSetAside(file) {
            return desk.wait(name, for: request.target)
        }
        let lookup = JobLookup(root: root, inbox: inboxDirectory)
        switch try lookup.find(request.target, for: request.verb) {
        case .none: dismiss("there is no such job")
        case .ambiguous(let ids):
            refuse("it could be any of \(ids.map(\.description).joined(separator: ", "))")
        case .found(let found):
            guard
                ControlRequest.mayBeMade(
                    by: status.owner, owner: found.owner, daemon: geteuid())
            else { return refuse("the job is \(UserAccount.text(found.owner))'s") }
            if isBeingClaimed(found.place) { return desk.wait(name, for: request.target) }
            switch ControlPlan(request.verb, found.place) {
            case .alreadySo(let reason), .impossible(let reason):
                // Done before, perhaps, and nobody was told of the session.
                dismiss("the job \(reason)", found.session.flatMap { isKnown($0) ? nil : $0 })
            case .perform:
                guard let engagement = setAside(found, for: request.target) else {
                    return desk.wait(name, for: request.target)
                }
                begin(engagement) { () async throws(Failure) in
                    try await runner.perform(on: found)
                }
            }
        }
    }

    /// Whether somebody works on a session, or will.
    private func isKnown(_ id: SessionID) -> Bool {
        sessionsAtWork.values.contains(id) || queue.contains(id) || parked.contains(id)
            || desk.hasSetAside(id) || retries.contains { $0.1.session == id }
    }

    /// Whether a session may be one that is only just being claimed: who does will say so.
    private func isBeingClaimed(_ place: JobLookup.Place) -> Bool {
        guard case .session(let id, let state) = place, state != .held, !isKnown(id) else {
            return false
        }
        return jobs.keys.contains { sessionsAtWork[$0] == nil }
    }

    /// Sees to it that nobody works on a job; nil if somebody does, who has been told to stop.
    private func setAside(
        _ found: JobLookup.Found, for target: ControlRequest.Target
    ) -> ControlDesk.Engagement? {
        var engagement = ControlDesk.Engagement(target: target)
        switch found.place {
        case .waiting(let name, in: .inbox), .ended(let name, _):
            // What is retried comes into the inbox, and is looked at when that is complete.
            if busy.contains(name), !desk.hasSetAside(name) { return nil }
            busy.insert(name)
            queue.remove(name)
            recheck.remove(name)
            toExamine[name] = nil
            engagement.file = name
        case .session(let id, _):
            if let number = sessionsAtWork.first(where: { $0.value == id })?.key {
                jobs[number]?.cancel()
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
    func requestEnded(_ name: FileName, _ result: Result<SessionID?, Failure>) {
        switch result {
        case .success(let session):
            giveBack(name)
            if let session { takeUp(session) }
        case .failure(let failure):
            if desk.fail(name, tryAgain: .now + Self.respite) { complain(failure) }
        }
    }

    /// What a request had to itself is for others again.
    private func giveBack(_ name: FileName) {
        guard let engagement = desk.end(name) else { return }
        if let file = engagement.file { release(file) }
        if let session = engagement.session { takeUp(session) }
    }

    private func leaveAlone(_ name: FileName) {
        guard !name.hasPrefix("."), desk.isNews(name) else { return }
        let verbs = ControlRequest.Verb.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
        activity.record(
            Event(
                .requestRefused,
                "Left control/\(name.display) alone: it is no request. One is an empty file that is named for a session or a job's file, with \(verbs) behind it, or for a provider, with .breaker-reset, .breaker-open and the like."
            ))
    }
}
