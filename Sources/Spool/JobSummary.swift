import Core
import Linux

/// What can be said of one job by looking at the directories, whether or not a daemon runs.
public struct JobSummary: Hashable, Codable, Sendable {
    /// The name it was dropped under, or has in its terminal directory.
    public var name: String
    /// The directory its file is in.
    public var state: SpoolDirectory
    /// Its session, if it has one.
    public var session: SessionID?
    /// The absolute path of its session's directory.
    public var directory: String?
    /// The pipeline that makes it.
    public var pipeline: String?
    /// The steps at work.
    public var running: [String] = []
    /// How many steps are finished.
    public var finishedSteps = 0
    /// How many steps are known so far.
    public var plannedSteps = 0
    /// When it was claimed.
    public var claimed: Timestamp?
    /// When it is to be taken up again.
    public var due: Timestamp?
    /// When it ended.
    public var finished: Timestamp?
    /// How long it took, in seconds, once it has ended.
    public var seconds: Double?
    /// When its session was removed with all that was published, if it was.
    public var removed: Timestamp?
    /// The absolute paths of what was published, the video last.
    public var outputs: [String] = []
    /// What was done less well than asked for, as sentences.
    public var degradations: [String] = []
    /// What keeps it from going on.
    public var obstacle: Obstacle?
    /// Why it is not done.
    public var error: Receipt.Problem?

    init(name: String, state: SpoolDirectory) {
        self.name = name
        self.state = state
    }

    /// How long it has been worked on, or was, since its claim; nothing if the clock was set back.
    public func elapsed(at now: Timestamp) -> Duration? {
        seconds.map { .seconds($0) } ?? claimed.map { max(.zero, (finished ?? now).since($0)) }
    }
}

extension JobSummary {
    /// The jobs in the directories given, in the order of a job's life, then by name.
    ///
    /// Jobs move while one looks. Parked ones are looked for twice, around the active ones they
    /// come from and go to, and one that is seen twice counts where it was seen last. Files at their
    /// end do not move: each is a job of its own, whatever another one says.
    public static func all(
        in root: SpoolRoot, _ states: Set<SpoolDirectory>
    ) throws(Failure) -> [JobSummary] {
        try converting("list the jobs of \(root.path):") {
            let passes: [SpoolDirectory] = [
                .inbox, .deferred, .active, .deferred, .held, .done, .failed, .rejected,
            ]
            let receipts = ReceiptReader(root: root)
            let noted = notes(in: root)
            var claimed: [SessionID: JobSummary] = [:]
            var others: [JobSummary] = []
            for state in passes where states.contains(state) {
                for name in try root[state].entries().sorted() where name.isJSON {
                    guard let job = summary(of: name, in: state, of: root, receipts, noted) else {
                        continue
                    }
                    if let session = job.session, JobLookup.claimed.contains(state) {
                        claimed[session] = job
                    } else {
                        // It has ended since it was seen at work.
                        if let session = job.session { claimed[session] = nil }
                        others.append(job)
                    }
                }
            }
            let order = SpoolDirectory.jobStates
            return (others + claimed.values).sorted {
                let ranks = (
                    order.firstIndex(of: $0.state) ?? 0, order.firstIndex(of: $1.state) ?? 0
                )
                return (ranks.0, $0.claimed ?? .distantPast, $0.name)
                    < (ranks.1, $1.claimed ?? .distantPast, $1.name)
            }
        }
    }

    /// A job that was found; nil if it has gone on since.
    public static func of(
        _ found: JobLookup.Found, in root: SpoolRoot
    ) throws(Failure) -> JobSummary? {
        switch found.place {
        case .waiting(let name, let state), .ended(let name, let state):
            return summary(of: name, in: state, of: root)
        case .session(let id, let state):
            return summary(of: "\(id).json", in: state, of: root)
        }
    }

    /// A job that has ended and whose file somebody took away since: what its session says; nil if there is
    /// no such session or it has not ended.
    public static func ofSession(
        _ id: SessionID, in root: SpoolRoot
    ) throws(Failure) -> JobSummary? {
        guard let record = try root.record(of: id), let outcome = record.outcome else { return nil }
        var job = JobSummary(name: record.job, state: outcome.state)
        job.session = id
        job.add(Receipt(record, outcome), root)
        return job
    }

    private static func notes(in root: SpoolRoot) -> [ExactText: DaemonSnapshot.File] {
        let files = DaemonSnapshot.read(in: root)?.files ?? []
        return Dictionary(files.map { (ExactText($0.name), $0) }) { first, _ in first }
    }

    private static func summary(
        of name: FileName, in state: SpoolDirectory, of root: SpoolRoot
    ) -> JobSummary? {
        summary(
            of: name, in: state, of: root, ReceiptReader(root: root),
            state == .inbox ? notes(in: root) : [:])
    }

    /// One job; nil if it has gone meanwhile or is nobody's.
    private static func summary(
        of name: FileName, in state: SpoolDirectory, of root: SpoolRoot,
        _ receipts: ReceiptReader, _ noted: [ExactText: DaemonSnapshot.File]
    ) -> JobSummary? {
        switch state {
        case .inbox:
            guard Inbox.isJobName(name) else { return nil }
            var job = JobSummary(name: name.display, state: state)
            // What was said of the file as it was then may not be so any more.
            if let note = noted[ExactText(name.jobText)],
                let status = try? root[.inbox].status(name),
                status.changed == note.changed
            {
                job.obstacle = note.reason
            }
            return job
        case .held where name.sessionID == nil:
            return Inbox.isJobName(name) ? JobSummary(name: name.display, state: state) : nil
        case .active, .deferred, .held:
            guard let id = name.sessionID else { return nil }
            var job = JobSummary(name: name.display, state: state)
            job.session = id
            let parking = job.read(root)?.parking
            if state == .deferred, let status = try? root[.deferred].status(name) {
                job.due = WakeTime(parking, status).moment
                job.obstacle = parking?.reason
            }
            return job
        default:
            var job = JobSummary(name: name.display, state: state)
            if let receipt = receipts.receipt(of: name, in: state) {
                job.session = receipts.session(of: name, in: state)
                job.add(receipt, root)
            }
            return job
        }
    }

    /// Takes what the record of its session says, and returns that; nil if there is none.
    @discardableResult
    private mutating func read(_ root: SpoolRoot) -> SessionRecord? {
        guard let session else { return nil }
        let name = session.description
        let whole = try? root[.outputs].directory(name)
        // One that was only just claimed has its record there.
        guard let directory = whole ?? (try? root.staging.directory(name)),
            let record = try? SessionRecord.read(from: directory)
        else { return nil }
        if JobLookup.claimed.contains(state) { self.name = record.job }
        if whole != nil { self.directory = "\(root[.outputs].path)/\(session)" }
        pipeline = record.pipeline
        running = state == .active ? record.runningSteps : []
        finishedSteps = record.finishedSteps
        plannedSteps = record.plan.count
        claimed = record.claimed
        seconds = record.outcome.map { record.elapsed(until: $0).seconds }
        return record
    }

    private mutating func add(_ receipt: Receipt, _ root: SpoolRoot) {
        read(root)
        // A session that is gone is not there to say it.
        seconds =
            seconds
            ?? receipt.times.claimed.map { max(0, receipt.times.finished.since($0).seconds) }
        claimed = receipt.times.claimed
        finished = receipt.times.finished
        removed = receipt.removed
        outputs = receipt.outputs.map { "\(root.path)/\($0.path)" }
        degradations = receipt.degradations
        error = receipt.error
    }
}
