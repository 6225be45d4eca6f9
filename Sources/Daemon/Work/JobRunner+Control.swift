import Core
import Linux
import Pipeline
import Spool

/// What is asked about a job that nobody works on. Each can be done again after a crash anywhere in
/// between, and then does what is left to do.
extension JobRunner {
    /// Ends a session: its outcome goes on record first, and from there on it is filed like any
    /// other, by whoever finds it.
    func cancel(_ id: SessionID, because failure: Failure) async throws(Failure) {
        let session: Session
        do throws(Failure) {
            guard let opened = try await open(id) else { return }
            session = opened
        } catch {
            guard error.kind == .permanent else { throw error }
            // Whoever has a job whose session cannot be read wants to be rid of it all the more.
            guard try activate(id, from: [.deferred, .held]) != nil else { return }
            let name: FileName = "\(id).json"
            let receipt = Receipt(
                cancelling: name, because: failure, arrived: nil, at: environment.now(), .now)
            let filed = try archive.file(name, of: root[.active], droppedAs: name, receipt)
            guard filed != nil else { return }
            environment.log.record(
                Event(
                    .jobCancelled,
                    "Cancelled \(id), whose session cannot be read: \(failure.cause).",
                    [.session: id.description, .state: SpoolDirectory.failed.rawValue]))
            return
        }
        let outcome = outcome(.failed, failure)
        try session.update { record in
            record.outcome = record.outcome ?? outcome
            record.worker = nil
            record.boot = nil
        }
        // It may have ended, and only its hooks be left.
        try hooks(of: session, session.record.outcome ?? outcome)
            .giveUp(code: SessionRecord.HookEnd.cancelled, because: failure.cause)
        guard try activate(id, from: [.deferred, .held]) != nil else { return }
        _ = try await file(session, session.record.outcome ?? outcome)
    }

    /// What came of the wish to set a job aside.
    enum Holding {
        case held
        /// There is nothing to set aside: the session has only to be filed.
        case ended
        /// Another file has its name in `held/`.
        case obstructed
    }

    /// Sets a session's file aside.
    func hold(_ id: SessionID) async throws(Failure) -> Holding {
        let session: Session?
        do throws(Failure) { session = try await open(id) } catch {
            guard error.kind == .permanent else { throw error }
            session = nil
        }
        if let session, let outcome = session.record.outcome {
            guard hooks(of: session, outcome).isDue else { return .ended }
        }
        let name: FileName = "\(id).json"
        return try converting("hold \(id):") {
            for state in [SpoolDirectory.active, .deferred] where try root[state].contains(name) {
                guard try root[state].rename(name, into: root[.held], as: name) else {
                    return .obstructed
                }
                try root.sync.sync(root[.held])
                try root.sync.sync(root[state])
                return .held
            }
            return .ended
        }
    }

    /// Brings a held session's file back to where it is taken up.
    func release(_ id: SessionID) throws(Failure) -> Bool {
        guard try activate(id, from: [.held]) == .held else { return false }
        try converting("release \(id):") {
            try root.sync.sync(root[.active])
            try root.sync.sync(root[.held])
        }
        return true
    }

    /// Opens the session of a claimed job; a claim that a crash interrupted is completed first. Nil
    /// if it turned out to be no job, and is filed.
    private func open(_ id: SessionID) async throws(Failure) -> Session? {
        if try isWhole(id) { return try Session.open(id, in: root) }
        guard try activate(id, from: [.deferred, .held]) != nil else { return nil }
        let result = try claim.resume(id)
        if case .job(let session, _) = result {
            if session.isStaged { try session.update() }
            return session
        }
        _ = try await start(result)
        return nil
    }

    /// The session in which a failed job can go on: it was ended by a failure that another try may
    /// mend. Nil if the job has to be begun anew.
    func resumable(_ name: FileName, owner: UInt32) async throws(Failure) -> Session? {
        let lookup = JobLookup(root: root, inbox: inbox)
        guard let id = lookup.sessionInReceipt(of: name, in: .failed),
            let session = try await session(id, ofFile: name, in: root[.failed], owner: owner)
        else { return nil }
        // None on record: a retry was cut short.
        guard let outcome = session.record.outcome else { return session }
        return outcome.state == .failed && !outcome.isBeyondRepair ? session : nil
    }

    /// The session of an ended job some of whose hooks are to be called again: they failed, or were not called;
    /// nil if there is none.
    func sessionForHooks(
        _ name: FileName, in state: SpoolDirectory, owner: UInt32
    ) async throws(Failure) -> Session? {
        let lookup = JobLookup(root: root, inbox: inbox)
        guard let id = lookup.sessionInReceipt(of: name, in: state),
            let session = try await session(id, ofFile: name, in: root[state], owner: owner),
            let outcome = session.record.outcome, outcome.state == state
        else { return nil }
        return pipelines.configuration.hooks.areToBeCalledAgain(of: session.record)
            ? session : nil
    }

    /// What came of a verdict.
    enum Reviewing {
        /// It is on record, and the job goes on.
        case given
        /// It was on record already, and the job goes on.
        case again
        /// There is nothing to be said about the job: why, as the end of a sentence.
        case objection(String)
    }

    /// Puts on record what came of a look at a job that waits for that, and brings its file back to where it goes
    /// on. Done again after a crash in between, it does what is left.
    func review(
        _ id: SessionID, _ verdict: SessionRecord.Review.Verdict, by who: String,
        because words: String?
    ) async throws(Failure) -> Reviewing {
        guard let session = try await open(id) else { return .objection("it is no job") }
        let record = session.record
        if record.awaitsReview {
            let outcome = outcome(.failed, .rejectedAtReview(by: who, because: words))
            let moment = environment.now()
            try session.update { record in
                record.review?.verdict = verdict
                record.review?.by = who
                record.review?.at = moment
                record.review?.because = words
                if verdict == .rejected { record.outcome = outcome }
            }
        } else {
            guard let given = record.review?.verdict else {
                return .objection("it does not wait for review")
            }
            // Nobody asks for the same twice but who was cut short.
            guard given == verdict, record.review?.by == who,
                record.parking?.reason?.code == Obstacle.review
            else {
                return .objection("\(record.review?.by ?? "somebody") has \(given.rawValue) it")
            }
        }
        guard try activate(id) != nil else { return .objection("its file is gone") }
        try converting("go on with \(id):") {
            try root.sync.sync(root[.active])
            try root.sync.sync(root[.deferred])
        }
        return record.awaitsReview ? .given : .again
    }

    /// The session of a held job whose file somebody has moved to the inbox by hand, which is as good
    /// as to release it; nil if the file is that of a new job. Its file is in `active/` then.
    func released(_ name: FileName) async throws(Failure) -> Session? {
        guard let id = name.sessionID,
            let status = try converting("look at \(id):", { try inbox.status(name) }),
            let session = try await session(id, ofFile: name, in: inbox, owner: status.owner),
            session.record.outcome == nil
        else { return nil }
        return try converting("release \(id):") {
            try inbox.rename(name, into: root[.active], as: name) ? session : nil
        }
    }

    /// A session that is whole and nowhere in flight, if the file is the one that it was made for:
    /// with the same bytes, and of the same owner.
    private func session(
        _ id: SessionID, ofFile name: FileName, in directory: Directory, owner: UInt32
    ) async throws(Failure) -> Session? {
        let lookup = JobLookup(root: root, inbox: inbox)
        guard try isWhole(id),
            try converting("look for \(id):", { try lookup.session(id) }) == nil,
            let session = try? Session.open(id, in: root)
        else { return nil }
        let recorded = session.record.owner
        guard recorded == nil || recorded == owner || lookup.daemon == owner,
            let spec = try? session.directory.read("metadata/job.json", limit: largestSpec),
            let file = try? directory.open(entry: name),
            (try? file.status().kind) == .regular,
            (try? file.read(limit: largestSpec + 1)) == spec
        else { return nil }
        return session
    }
}

extension SessionRecord.Outcome {
    /// Whether the same session would only fail in the same way again: what was to be published is
    /// not what it was any more, or cannot be.
    fileprivate var isBeyondRepair: Bool {
        failure.map { ($0.code.hasPrefix("output_") || $0.isOfReview) && stage == nil } ?? false
    }
}

extension Failure {
    /// A job was cancelled, by `user`.
    static func cancelled(by user: UInt32) -> Failure {
        Failure(
            .cancelled, code: "cancelled", operation: "finish", subject: "the job",
            cause: "\(UserAccount.text(user)) asked for it to be cancelled",
            hint: "To go on with it after all: reelctl retry")
    }

    /// Somebody looked at what a job has made and did not want it.
    static func rejectedAtReview(by who: String, because words: String?) -> Failure {
        Failure(
            .permanent, code: "review_rejected", operation: "finish", subject: "the job",
            cause: "\(who) looked at it and rejected it" + (words.map { ": \($0)" } ?? ""),
            hint: "Change the job spec and submit it again")
    }

    /// Whether somebody rejected it.
    var isOfReview: Bool { code == "review_rejected" }
}
