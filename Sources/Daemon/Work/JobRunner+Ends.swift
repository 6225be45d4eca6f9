import Core
import Glibc
import Linux
import Pipeline
import Spool

/// The ways a run ends, each one rename.
extension JobRunner {
    /// An end that is now.
    func outcome(
        _ state: SpoolDirectory, _ failure: Failure? = nil, stage: String? = nil
    ) -> SessionRecord.Outcome {
        .init(
            state: state, failure: failure, stage: stage, finished: environment.now(), ended: .now)
    }

    /// Puts the outcome on record, has the hooks called that there are for it, and files the job. `commit` is
    /// what has to be durable for the outcome to be true.
    func conclude(
        _ session: Session, _ outcome: SessionRecord.Outcome, after commit: Commit = Commit()
    ) async throws(Failure) -> Ending {
        if session.isStaged { try session.update() }
        guard hooks(of: session, outcome).isDue else {
            // Put in force together with the receipt: one wait for the disk less.
            let prepared = try session.prepare { record in
                record.outcome = outcome
                record.worker = nil
                record.boot = nil
            }
            return try await file(session, outcome, commit, prepared)
        }
        try session.update(with: commit) { record in
            record.outcome = outcome
            record.deaths = 0
        }
        return try await finish(session, outcome)
    }

    /// The same of what is no job and was only just claimed: its outcome goes on record with its session.
    func conclude(
        rejected session: Session, _ outcome: SessionRecord.Outcome
    ) async throws(Failure) -> Ending {
        try session.update { $0.outcome = outcome }
        return try await finish(session, outcome)
    }

    /// Calls the hooks that are left of an outcome that is on record, and files the job.
    func finish(
        _ session: Session, _ outcome: SessionRecord.Outcome
    ) async throws(Failure) -> Ending {
        let hooks = hooks(of: session, outcome)
        guard hooks.isDue else { return try await file(session, outcome) }
        try session.update { [worker] record in
            if record.worker != worker.name { worker.begin(&record) }
        }
        let deaths = session.record.deaths
        guard deaths < SessionRecord.mostDeaths else {
            try hooks.giveUp(
                code: "poison", because: "the daemon died \(deaths) times while hooks were called")
            return try await file(session, outcome)
        }
        try session.write(Receipt(session.record, outcome))
        switch try await hooks.run() {
        case .over: return try await file(session, outcome)
        case .interrupted: return try interrupted(session)
        case .parked(let failure, let hook, let wait, let breakers):
            return try await park(session, "hook \(hook)", for: wait, breakers, because: failure)
        }
    }

    func hooks(of session: Session, _ outcome: SessionRecord.Outcome) -> HookRunner {
        // Who cancelled it knows.
        return HookRunner(
            outcome.isCancelled ? Hooks() : pipelines.configuration.hooks, session: session,
            outcome: outcome, spec: session.record.specPlace, environment: environment)
    }

    /// What follows an outcome, as often as it takes; `prepared` is the record that says so, if it is
    /// not in force yet.
    func file(
        _ session: Session, _ outcome: SessionRecord.Outcome, _ commit: Commit = Commit(),
        _ prepared: Session.Prepared? = nil
    ) async throws(Failure) -> Ending {
        if prepared == nil, session.record.worker != nil {
            try session.update { record in
                record.worker = nil
                record.boot = nil
            }
        }
        let record = if let prepared { prepared.record } else { session.record }
        let name = try archive.file(
            "\(session.id).json", of: root[.active], droppedAs: FileName(record.job),
            Receipt(record, outcome), before: commit, record: prepared,
            tidy: { removeWork(of: session, record, outcome) })
        if let prepared { session.adopt(prepared) }
        guard name != nil else {
            try tellIfTakenAway(session)
            return .gone
        }
        let elapsed = record.elapsed(until: outcome)
        var fields = fields(record, state: outcome.state)
        fields[.duration] = "\(elapsed.microseconds)"
        if outcome.isCancelled, let failure = outcome.failure {
            environment.log.record(
                Event(.jobCancelled, "Cancelled \(record.job): \(failure.cause).", fields))
        } else if outcome.state == .rejected, let failure = outcome.failure {
            environment.log.record(.rejected(FileName(record.job), failure))
        } else if let failure = outcome.failure {
            fields[.error] = failure.code
            fields[.step] = outcome.stage
            environment.log.record(
                Event(.jobFailed, "\(record.job) failed: \(failure)", fields))
        } else {
            let count = record.publication?.count ?? 0
            environment.log.record(
                Event(
                    .jobDone,
                    "\(record.job) is done in \(elapsed.text): \(count) file\(count == 1 ? "" : "s") in \(session.directory.path)/final_output.",
                    fields))
        }
        return .filed(outcome.state)
    }

    /// Says so where a job's file is in none of the directories: whoever took it away may not have meant to, and
    /// nothing else tells of the job any more.
    func tellIfTakenAway(_ session: Session) throws(Failure) {
        let (id, job) = (session.id, session.record.job)
        let isThere = try converting("look for \(job):") { () throws in
            try JobLookup(root: root, inbox: inbox).session(id) != nil
                || inbox.contains("\(id).json")
        }
        guard !isThere else { return }
        environment.log.record(
            Event(
                .spoolProblem,
                "The file of \(job) is in none of the directories any more: somebody took it away. What was made of it stays in outputs/\(id), where 'reelctl fsck' says what can be done.",
                [.job: job, .session: id.description, .error: "file_taken_away"]))
    }

    /// That something is left behind must not keep the job from its end.
    private func removeWork(
        of session: Session, _ record: SessionRecord, _ outcome: SessionRecord.Outcome
    ) {
        // What was made for publication waits there; a job that failed may be tried again.
        let kept = outcome.state == .failed ? record.stepsToPublish : []
        do throws(SystemError) { try session.removeWork(keeping: kept) } catch {
            let failure = error.failure("clean up after \(record.job):")
            var fields = fields(record, state: outcome.state)
            fields[.error] = failure.code
            environment.log.record(Event(.spoolProblem, "\(failure)", fields))
        }
    }

    /// Lets a job wait that cannot go on, with a step or a hook.
    func park(
        _ session: Session, _ what: String, for wait: Duration, _ breakers: [String],
        because failure: Failure
    ) async throws(Failure) -> Ending {
        let seconds = max(1, wait.seconds.rounded(.up))
        let obstacle = Obstacle(naming: failure)
        return try await park(
            session,
            until: Timestamp(secondsSince1970: environment.now().secondsSince1970 + seconds),
            wait: .seconds(seconds), breakers: breakers, for: obstacle,
            because: "\(what) has to wait: \(obstacle.cause)")
    }

    /// Moves a job's file to `deferred/`, its wake time on it.
    func park(
        _ session: Session, until moment: Timestamp, wait: Duration? = nil,
        breakers: [String] = [], for obstacle: Obstacle? = nil, because reason: String
    ) async throws(Failure) -> Ending {
        let seconds = Int(moment.secondsSince1970.rounded(.up))
        let until = Timestamp(secondsSince1970: Double(seconds))
        let name: FileName = "\(session.id).json"
        let job = session.record.job
        let inode: Int? = try converting("park \(job):") {
            do throws(SystemError) { try root[.active].setModified(name, to: seconds) } catch {
                guard error.errno == EPERM else { throw error }
                // Only its owner may (utimensat(2)), and it may be another user's: from here on
                // the job's file is a copy of our own.
                let bytes = try session.directory.read("metadata/job.json", limit: largestSpec)
                try root[.active].write(
                    bytes, to: name, by: FileName("\(session.id).new"), in: root[.state])
                try root[.active].setModified(name, to: seconds)
            }
            return try root[.active].status(name).map {
                Int(truncatingIfNeeded: $0.identity.inode)
            }
        }
        try session.update { record in
            record.worker = nil
            record.boot = nil
            record.parking = .init(
                until: until, seconds: wait?.seconds, inode: inode, breakers: breakers,
                because: obstacle)
        }
        let record = session.record
        let isForReview = obstacle?.code == Obstacle.review
        try converting("park \(job):") {
            _ = try root[.active].rename(name, into: root[.deferred], as: name)
            try root.sync.sync(root[.deferred])
            try root.sync.sync(root[.active])
        }
        environment.log.record(
            isForReview
                ? Event(
                    .jobForReview,
                    "\(record.job) is made, in \(session.directory.path)/final_output, and waits for review: \(obstacle?.hint ?? "").",
                    fields(record, state: .deferred))
                : Event(
                    .jobDeferred, "Deferred \(record.job) until \(until): \(reason).",
                    fields(record, state: .deferred)))
        return .parked(
            session.id, until: until, wait: wait, breakers: breakers, because: obstacle?.cause)
    }

    /// Lets a job whose outputs are published wait for somebody to look at them. It is not forgotten if nobody
    /// does: it comes up again after a long time, and waits on.
    func parkForReview(_ session: Session, after commit: Commit) async throws(Failure) -> Ending {
        try session.update(with: commit) { $0.deaths = 0 }
        let handle = session.id.handle
        let obstacle = Obstacle(
            code: Obstacle.review, cause: "it waits for review",
            hint: "reelctl approve \(handle), or reelctl reject \(handle)")
        return try await park(
            session,
            until: Timestamp(
                secondsSince1970: environment.now().secondsSince1970 + Self.longestReview),
            for: obstacle, because: "")
    }

    /// After how long a job that waits for review comes up again, in seconds: a year.
    private static let longestReview = 31_536_000.0

    /// Lets a job wait for its pipeline, not as long as that may take: it may be back at any time.
    func parkWithoutPipeline(
        _ session: Session, _ failure: Failure
    ) async throws(Failure) -> Ending {
        let longest = pipelines.configuration.jobs.retryDelay
        let seconds = max(1, min(failure.retryAfter ?? longest, longest).rounded(.up))
        return try await park(
            session,
            until: Timestamp(secondsSince1970: environment.now().secondsSince1970 + seconds),
            wait: .seconds(seconds), for: Obstacle(failure), because: failure.cause)
    }

    /// Brings a job's file back to `active/`, usually one that was parked. Returns where it was; nil
    /// if it is in none of the directories.
    func activate(
        _ id: SessionID, from states: [SpoolDirectory] = [.deferred]
    ) throws(Failure) -> SpoolDirectory? {
        try converting("take up \(id):") {
            let name: FileName = "\(id).json"
            for state in states where try root[state].contains(name) {
                if try root[state].rename(name, into: root[.active], as: name) {
                    try forgetWakeTime(of: name)
                    return state
                }
            }
            return try root[.active].contains(name) ? .active : nil
        }
    }

    /// A job that is taken up before its time is not from the future: as a new job it would be as young as that.
    private func forgetWakeTime(of name: FileName) throws(SystemError) {
        let now = environment.now().secondsSince1970.rounded(.down)
        guard let status = try root[.active].status(name), status.modified > now else { return }
        // Another's file has a time that is nobody's wake time.
        _ = try? root[.active].setModified(name, to: Int(now))
    }

    /// Whether the session is there. Somebody may have removed one that could not be read.
    func isWhole(_ id: SessionID) throws(Failure) -> Bool {
        try converting("take up \(id):") { try root[.outputs].contains(FileName(id.description)) }
    }

    /// A job cannot be gone on with, by what is on record of it.
    func leftAlone(_ entry: JobQueue.Entry, _ failure: Failure) -> Event {
        var fields: [Event.Field: String] = [.error: failure.code]
        fields[.session] = entry.session?.description
        return Event(
            .spoolProblem, "Left a job alone until the next start: \(failure)", fields)
    }

    static func poison(_ deaths: Int) -> Failure {
        Failure(
            .permanent, code: "poison", operation: "go on with", subject: "the job",
            cause: "the daemon died \(deaths) times while it worked on it and finished no step",
            hint: "Look for what ended the daemon in the journal before dropping the job again")
    }

    func fields(
        _ record: SessionRecord, state: SpoolDirectory
    ) -> [Event.Field: String] {
        [.job: record.job, .session: record.session.description, .state: state.rawValue]
    }
}

extension Event {
    /// A file was not a job.
    static func rejected(_ name: FileName, _ failure: Failure) -> Event {
        Event(
            .jobRejected, "Rejected \(name.display): \(failure)",
            [.job: name.display, .state: SpoolDirectory.rejected.rawValue, .error: failure.code])
    }
}
