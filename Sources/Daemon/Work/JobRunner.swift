import Core
import Linux
import Pipeline
import Spool

/// Takes one job from wherever it is to its end.
struct JobRunner: Sendable {
    /// How a run ended.
    enum Ending: Sendable {
        /// The job's file is in this terminal directory.
        case filed(SpoolDirectory)
        /// The job is in `deferred/` until this moment, or for this time if it does not wait for
        /// a date, or until one of these breakers lets calls through; and why, if not for a date.
        case parked(
            SessionID, until: Timestamp, wait: Duration?, breakers: [String], because: String?)
        /// It was to stop where it is; the job stays in `active/`.
        case interrupted
        /// There was nothing to do any more.
        case gone
        /// The file in the inbox is not what it was when it was queued: to be looked at again.
        case unready(FileName)
        /// It cannot be gone on with by what is on record of it; to be left alone until the next start.
        case leftAlone(JobQueue.Entry, Failure)
        /// The spool itself failed the job, which is where it was; to be taken up again later.
        case stuck(JobQueue.Entry, Failure)
    }

    let root: SpoolRoot
    let inbox: Directory
    let pipelines: Pipelines
    let archive: Archive
    let worker: Worker
    let environment: PipelineEnvironment
    /// Called as soon as a candidate is not in the inbox any more, with the session it became.
    let claimed: @Sendable (FileName, SessionID?) -> Void
    /// The name that the job was dropped under, as far as the daemon knows it.
    var job: String?

    func run(_ entry: JobQueue.Entry) async -> Ending {
        // What to take up again when the spool fails: a claimed file is not in the inbox any more.
        var entry = entry
        var job = job
        do throws(Failure) {
            switch entry {
            case .file(let name, let stamp):
                // Files wait for hours, and their owners may be at work on them again.
                if let stamp, try !Inbox.isStillReady(name, stamp, in: inbox) {
                    return .unready(name)
                }
                if let session = try await released(name) {
                    entry = .claim(session.id)
                    job = session.record.job
                    claimed(name, session.id)
                    try converting("release \(session.id):") {
                        try root.sync.sync(root[.active])
                        try root.sync.sync(inbox)
                    }
                    return try await resume(session, from: .active)
                }
                job = name.jobText
                let result = try claim.claim(name, in: inbox)
                claimed(name, result.session)
                if let id = result.session { entry = .claim(id) }
                // Whoever moved it back by hand has left the receipt of an earlier try, which may
                // well stay if it must.
                for state in [SpoolDirectory.failed, .rejected] {
                    _ = try? archive.removeStaleReceipt(of: name, in: state)
                }
                return try await start(result)
            case .claim(let id):
                // It may have got as far as deferred/ before the spool failed it.
                guard try activate(id) != nil else { return .gone }
                return try await start(try claim.resume(id))
            case .session(let id, _):
                // Opened before its file is moved: one that cannot be is left where it is.
                let session = try isWhole(id) ? Session.open(id, in: root) : nil
                job = session?.record.job ?? job
                guard let place = try activate(id) else {
                    if let session { try tellIfTakenAway(session) }
                    return .gone
                }
                guard let session else { return try await start(try claim.resume(id)) }
                return try await resume(session, from: place)
            }
        } catch {
            // Whatever failed, failed for that; and what cannot be told now will be the next time.
            if let id = entry.session, let ending = try? endLost(id, job) { return ending }
            if error.isOfRecord {
                // Trying again would not help, and keep saying so would drown out the rest.
                environment.log.record(leftAlone(entry, error))
                return .leftAlone(entry, error)
            }
            return error.kind == .cancelled ? .interrupted : .stuck(entry, error)
        }
    }

    var claim: Claim {
        Claim(
            root: root, settling: pipelines.configuration.settling, parse: pipelines.header,
            duplicateWindow: .seconds(pipelines.configuration.jobs.duplicateWindow),
            now: environment.now)
    }

    func start(_ result: Claim.Result) async throws(Failure) -> Ending {
        switch result {
        case .gone: return .gone
        case .unfinished(_, let failure): throw failure
        case .lost(let id):
            throw SessionLoss(session: id, job: job, missing: "outputs/\(id)").failure
        case .invalid(let session, let failure):
            let outcome = outcome(.rejected, failure, stage: "inbox")
            if hooks(of: session, outcome).isDue {
                return try await conclude(rejected: session, outcome)
            }
            let (id, name) = (session.id, FileName(session.record.job))
            let receipt = Receipt(
                rejecting: name, because: failure, arrived: nil, at: environment.now(), .now)
            let filed = try archive.file(
                "\(id).json", of: root[.active], droppedAs: name, receipt)
            try converting("remove the session of \(name.display):") {
                try root.staging.removeTree(FileName(id.description))
            }
            guard filed != nil else { return .gone }
            environment.log.record(.rejected(name, failure))
            return .filed(.rejected)
        case .job(let session, let header):
            guard session.isStaged else { return try await resume(session, from: .active) }
            limit(session)
            let record = session.record
            environment.log.record(
                Event(
                    .jobClaimed, "Claimed \(record.job) as \(session.id).",
                    fields(record, state: .active)))
            return try await workWhenDue(session, header)
        }
    }

    /// Holds a new session to what its owner may ask for.
    private func limit(_ session: Session) {
        let wanted = session.record.priority
        let limits = pipelines.configuration.limits(of: session.record.owner ?? 0)
        guard let remark = limits.remark(onPriority: wanted) else { return }
        session.note { record in
            record.priority = limits.priority(wanted)
            record.remarks = [remark]
        }
    }

    /// Starts a new session, or parks it if its time has not come.
    private func workWhenDue(
        _ session: Session, _ header: JobHeader?
    ) async throws(Failure) -> Ending {
        if let moment = header?.notBefore, moment > environment.now() {
            return try await park(
                session, until: moment, because: "it is not to start before \(moment)")
        }
        return try await work(session)
    }

    /// Goes on with a session that an earlier run left.
    private func resume(
        _ session: Session, from place: SpoolDirectory
    ) async throws(Failure) -> Ending {
        let record = session.record
        if let outcome = record.outcome { return try await finish(session, outcome) }
        if record.plan.isEmpty, place == .active {
            // Claimed, and not yet parked when a crash came. What was parked is due when it is
            // taken from there, whatever its spec says: an operator may have wanted it so.
            return try await workWhenDue(session, header(of: session))
        }
        environment.log.record(
            Event(
                .jobResumed,
                "Resumed \(record.job) (\(session.id)) with \(record.finishedSteps) finished steps.",
                fields(record, state: .active)))
        return try await work(session)
    }

    /// What the session has on record of its spec, and where: the effective one, or its copy of what was dropped
    /// if that is all there is to it.
    private func spec(of session: Session) throws(Failure) -> (bytes: [UInt8], place: String) {
        let place = session.record.specPlace
        let hasEffective = place == EffectiveSpec.place
        do throws(Failure) {
            let bytes = try converting("read the job spec") {
                try session.directory.read(
                    place, limit: hasEffective ? EffectiveSpec.limit : largestSpec)
            }
            return (bytes, place)
        } catch {
            guard error.code == "not_found" else { throw error }
            throw SessionLoss(
                session: session.id, job: session.record.job,
                missing: "outputs/\(session.id)/\(place)"
            ).failure
        }
    }

    /// What the spec says; nil if it is none any more, which the pipeline will say.
    private func header(of session: Session) throws(Failure) -> JobHeader? {
        do throws(Failure) {
            let spec = try spec(of: session)
            return try? pipelines.recordedHeader(of: spec.bytes)
        } catch {
            guard error.kind == .permanent else { throw error }
            return nil
        }
    }

    /// What is to be said of a job whose id another one has by now: one that lay aside for long, or
    /// had failed before.
    private func duplicate(_ session: Session) async throws(Failure) -> Failure? {
        let record = session.record
        guard let id = record.id else { return nil }
        let owner = try converting("look at \(session.id):") {
            try record.owner ?? root[.active].status("\(session.id).json")?.owner
        }
        return try pipelines.configuration.jobIdentity(under: root).take(
            id, of: owner, for: session.id, job: record.job, at: environment.now())
    }

    private func work(_ session: Session) async throws(Failure) -> Ending {
        let mark: @Sendable (inout SessionRecord) -> Void = { [worker] in worker.begin(&$0) }
        // Of one that was just claimed it goes on record with its first step, before that begins.
        if session.isStaged {
            session.note(mark)
        } else {
            try session.update(mark)
        }
        let deaths = session.record.deaths
        guard deaths < SessionRecord.mostDeaths else {
            return try await conclude(session, outcome(.failed, Self.poison(deaths)))
        }
        if let refusal = try await duplicate(session) {
            return try await conclude(session, outcome(.failed, refusal))
        }
        let ending: PipelineRunner.Ending
        do throws(Failure) {
            let spec = try spec(of: session)
            ending = await PipelineRunner(
                try pipelines.definition(for: spec.bytes, at: spec.place), session: session,
                environment: environment
            ).run()
        } catch {
            if error.code == Pipelines.missingCode {
                return try await parkWithoutPipeline(session, error)
            }
            ending = .failed(error, stage: nil)
        }
        switch ending {
        case .done(let commit):
            if session.record.review?.isPending == true {
                return try await parkForReview(session, after: commit)
            }
            return try await conclude(session, outcome(.done), after: commit)
        case .failed(let failure, nil) where failure.kind == .transient:
            // No step and nothing of the job's: the machine is short of something, or its disk is.
            throw failure
        case .failed(let failure, let stage):
            return try await conclude(session, outcome(.failed, failure, stage: stage))
        case .parked(let failure, let stage, let wait, let breakers):
            return try await park(session, "step \(stage)", for: wait, breakers, because: failure)
        case .interrupted: return try interrupted(session)
        }
    }

    /// Lets go of a session that is to go on later.
    func interrupted(_ session: Session) throws(Failure) -> Ending {
        try session.update { record in
            record.worker = nil
            record.boot = nil
        }
        let record = session.record
        environment.log.record(
            Event(
                .jobCheckpointed,
                "Interrupted \(record.job) with \(record.finishedSteps) finished steps; it can go on from there.",
                fields(record, state: .active)))
        return .interrupted
    }
}
