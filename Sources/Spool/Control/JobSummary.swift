import Core
import Linux

/// What can be said of one job by looking at the directories, whether or not a daemon runs.
public struct JobSummary: Hashable, Codable, Sendable {
    /// The name it was dropped under, or has in its terminal directory.
    public var name: String
    /// The directory its file is in.
    public var state: SpoolDirectory
    /// What it is called in short: the last part of its session's id, which its file has from the
    /// beginning; nil where that cannot be told.
    public var handle: JobHandle?
    /// What its video is about; only of jobs that are shown.
    public var topic: String?
    /// The user whose job it is.
    public var owner: UInt32?
    /// Its session, if it has one.
    public var session: SessionID?
    /// The absolute path of its session's directory.
    public var directory: String?
    /// The pipeline that makes it.
    public var pipeline: String?
    /// The preset that its spec names.
    public var preset: String?
    /// The fields of its spec that are not its own, and where each is from: `preset NAME` or `defaults`.
    public var borrowed: [String: String] = [:]
    /// The steps at work.
    public var running: [String] = []
    /// How many steps are finished.
    public var finishedSteps = 0
    /// The share of the work that is done, 0 to 1; of jobs at work.
    public var progress: Double?
    /// About how many seconds it takes on; of jobs at work.
    public var secondsLeft: Double?
    /// How many steps are known so far.
    public var plannedSteps = 0
    /// When its file was last written, or put where it waits.
    public var arrived: Timestamp?
    /// Its place among those that wait, from 1, as far as the daemon has said it.
    public var place: Int?
    /// Higher goes first.
    public var priority: Int?
    /// The user's own notes.
    public var labels: [String: String] = [:]
    /// What its owner knows it by.
    public var id: String?
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
    /// What became of the hooks that were called, by name: `done`, or a failure's code.
    public var hooks: [String: String] = [:]
    /// Who looked at it before it counted as done, and what came of that.
    public var review: SessionRecord.Review?

    /// Where it is in its life, as one word; nil before it is put into JSON.
    public private(set) var word: String?

    private enum CodingKeys: String, CodingKey {
        case name, state, handle, topic, owner, session, directory, pipeline, preset, borrowed,
            running
        case finishedSteps, progress, secondsLeft, plannedSteps, arrived, place, priority, labels,
            id
        case claimed, due, finished, seconds, removed, outputs, degradations, obstacle, error, hooks
        case review
        case word = "condition"
    }

    /// The same for JSON, in which it has its condition beside the rest.
    public var withCondition: JobSummary {
        var job = self
        job.word = condition.word
        return job
    }

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
    /// The jobs in the directories given, in the order of a job's life: those that have not ended, those
    /// that wait in the order of their turn; then the others, the latest first. Of these, only those that
    /// `look` finds, if that is given; of more than `mostWaiting` files that wait, those of which the daemon
    /// has said something.
    ///
    /// Jobs move while one looks. Parked ones are looked for twice, around the active ones they
    /// come from and go to, and one that is seen twice counts where it was seen last. Files at their
    /// end do not move: each is a job of its own, whatever another one says.
    public static func all(
        in root: SpoolRoot, _ states: Set<SpoolDirectory>,
        ends look: (() throws(Failure) -> RecentEnds)? = nil,
        mostWaiting: Int = .max
    ) throws(Failure) -> [JobSummary] {
        try converting("list the jobs of \(root.path):") {
            let passes: [SpoolDirectory] = [
                .inbox, .deferred, .active, .deferred, .held, .done, .failed, .rejected,
            ]
            let receipts = ReceiptReader(root: root)
            let notes = Notes(in: root)
            var claimed: [SessionID: JobSummary] = [:]
            var others: [JobSummary] = []
            var ends: RecentEnds?
            for state in passes where states.contains(state) {
                var names: [FileName]
                if let look, SpoolDirectory.terminal.contains(state) {
                    // After those at work: what ends meanwhile is among these then.
                    let known = try ends ?? look()
                    ends = known
                    names = known.ends.filter { $0.state == state }.map(\.name)
                } else {
                    names = try root[state].entries().filter(\.isJSON)
                    if state == .inbox, names.count > mostWaiting {
                        names = Array(names.filter(notes.says(of:)).prefix(mostWaiting))
                    }
                }
                names.sort()
                for name in names {
                    guard let job = summary(of: name, in: state, of: root, receipts, notes) else {
                        continue
                    }
                    if let session = job.session, SpoolDirectory.claimed.contains(state) {
                        claimed[session] = job
                    } else {
                        // It has ended since it was seen at work.
                        if let session = job.session { claimed[session] = nil }
                        others.append(job)
                    }
                }
            }
            let jobs = others + claimed.values
            let ranks = jobs.map(\.rank)
            return jobs.indices.sorted { ranks[$0] < ranks[$1] }.map { jobs[$0] }
        }
    }

    /// Its place in a list: by its condition, then by its turn, then by its time.
    private struct Rank: Comparable {
        var group: Int
        var place: Int
        var time: Double
        var name: String

        static func < (a: Rank, b: Rank) -> Bool {
            (a.group, a.place, a.time, a.name) < (b.group, b.place, b.time, b.name)
        }
    }

    private var rank: Rank {
        let order: [SpoolDirectory] = [.active, .inbox, .deferred, .held]
        guard let group = order.firstIndex(of: state) else {
            let ended = finished ?? arrived ?? .distantPast
            return Rank(group: order.count, place: 0, time: -ended.secondsSince1970, name: name)
        }
        let time = claimed ?? arrived ?? .distantPast
        return Rank(
            group: group, place: place ?? .max, time: time.secondsSince1970, name: name)
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

    /// One job; nil if it has gone meanwhile or is nobody's.
    private static func summary(
        of name: FileName, in state: SpoolDirectory, of root: SpoolRoot
    ) -> JobSummary? {
        summary(of: name, in: state, of: root, ReceiptReader(root: root), Notes(in: root))
    }

    /// What the daemon has said of files that wait.
    private struct Notes {
        private var files: [ExactText: DaemonSnapshot.File] = [:]
        private var places: [ExactText: Int] = [:]
        private var working: [String: [String: Timestamp]]?
        private var stuck: [ExactText: Obstacle] = [:]
        /// What keeps all that is at work from going on, which the daemon cannot write down then.
        private var disk: Obstacle?
        private var written: Timestamp?

        init(in root: SpoolRoot) {
            if let room = try? root.directory.room(), room.isReadOnly, let obstacle = room.obstacle
            {
                disk = Obstacle(code: "read_only", cause: obstacle.cause, hint: obstacle.hint)
            }
            guard let snapshot = DaemonSnapshot.read(in: root) else { return }
            (working, written) = (snapshot.working, snapshot.written)
            for (job, obstacle) in snapshot.stuck ?? [:] { stuck[ExactText(job)] = obstacle }
            for file in snapshot.files { files[ExactText(file.name)] = file }
            for (index, name) in (snapshot.next ?? []).enumerated() {
                places[ExactText(name)] = index + 1
            }
        }

        /// Why a file is left alone. What was said of it as it was then may not be so any more.
        func obstacle(of name: FileName, _ status: FileStatus) -> Obstacle? {
            guard let file = files[ExactText(name.jobText)], file.changed == status.changed else {
                return stuck[ExactText(name.jobText)]
            }
            return file.reason
        }

        /// Why a session does not go on that is not told to wait.
        func obstacle(of session: SessionID) -> Obstacle? {
            disk ?? stuck[ExactText(session.description)]
        }

        /// Whether anything was said of a file.
        func says(of name: FileName) -> Bool {
            let key = ExactText(name.jobText)
            return places[key] != nil || files[key] != nil
        }

        /// The steps of a session that are at work: of those that are on record as begun not the ones that
        /// wait for a slot.
        func atWork(_ record: SessionRecord) -> [String] {
            guard let working, let written else { return record.runningSteps }
            let named = working[record.session.description] ?? [:]
            return record.runningSteps.filter { step in
                named[step] != nil
                    || record.steps[step].map { written.since($0.started) < Self.delay } ?? true
            }
        }

        /// How long it may take until the daemon says that a step has begun.
        private static let delay = Duration.seconds(2)

        func place(of name: FileName) -> Int? { places[ExactText(name.jobText)] }
    }

    private static func summary(
        of name: FileName, in state: SpoolDirectory, of root: SpoolRoot,
        _ receipts: ReceiptReader, _ notes: Notes
    ) -> JobSummary? {
        var job = JobSummary(name: name.display, state: state)
        switch (state, name.sessionID) {
        case (.inbox, _), (.held, nil):
            guard Inbox.isJobName(name), let status = try? root[state].status(name) else {
                return nil
            }
            job.takeFile(status, try? root[state].handle(name))
            guard state == .inbox else { return job }
            job.obstacle = notes.obstacle(of: name, status)
            job.place = notes.place(of: name)
        case (.active, nil), (.deferred, nil): return nil
        case (.active, let id), (.deferred, let id), (.held, let id):
            job.session = id
            let record = job.read(root)
            if state == .active { job.obstacle = id.flatMap(notes.obstacle) }
            job.running =
                state == .active && job.obstacle == nil ? record.map(notes.atWork) ?? [] : []
            let status = try? root[state].status(name)
            job.owner = record?.owner ?? status?.owner
            if state == .deferred, let status {
                if record?.parking?.reason?.code != Obstacle.review {
                    job.due = WakeTime(record?.parking, status).moment
                }
                job.obstacle = id.flatMap(notes.obstacle) ?? record?.parking?.reason
            }
        default:
            if let receipt = receipts.receipt(of: name, in: state) {
                job.session = receipts.session(of: name, in: state)
                job.add(receipt, root)
            }
            if job.session == nil, let status = try? root[state].status(name) {
                job.takeFile(status, try? root[state].handle(name))
            }
        }
        return job
    }

    /// What a file says of a job that has no session.
    private mutating func takeFile(_ status: FileStatus, _ handle: JobHandle?) {
        owner = status.owner
        arrived = arrived ?? Timestamp(secondsSince1970: status.changed)
        self.handle = handle
    }

    /// Takes what the record of its session says, and returns that; nil if there is none.
    @discardableResult
    private mutating func read(_ root: SpoolRoot) -> SessionRecord? {
        guard let session else { return nil }
        handle = session.handle
        let name = session.description
        let whole = try? root[.outputs].directory(name)
        // One that was only just claimed has its record elsewhere.
        guard let directory = whole ?? root.directory(of: session),
            let record = try? SessionRecord.read(from: directory)
        else { return nil }
        if SpoolDirectory.claimed.contains(state) { self.name = record.job }
        if whole != nil { self.directory = "\(root[.outputs].path)/\(session)" }
        owner = record.owner
        arrived = record.arrived
        priority = record.priority
        labels = record.labels
        id = record.id
        pipeline = record.pipeline
        preset = record.preset
        borrowed = (record.origins ?? [:]).filter { $0.value != "spec" }
        finishedSteps = record.finishedSteps
        plannedSteps = record.plan.count
        claimed = record.claimed
        seconds = record.outcome.map { record.elapsed(until: $0).seconds }
        review = record.review?.isPending == true ? nil : record.review
        hooks = record.hookResults
        // All is made, and somebody has to look at it, or its hooks are called.
        if record.awaitsReview || record.outcome?.state == .done {
            outputs = (record.publication ?? []).map {
                "\(root[.outputs].path)/\(session)/final_output/\($0.name)"
            }
        }
        return record
    }

    private mutating func add(_ receipt: Receipt, _ root: SpoolRoot) {
        read(root)
        // A session that is gone is not there to say it.
        seconds =
            seconds
            ?? receipt.times.claimed.map { max(0, receipt.times.finished.since($0).seconds) }
        arrived = arrived ?? receipt.times.arrived
        labels = receipt.labels
        id = receipt.id
        claimed = receipt.times.claimed
        finished = receipt.times.finished
        removed = receipt.removed
        outputs = receipt.outputs.map { "\(root.path)/\($0.path)" }
        degradations = receipt.degradations
        error = receipt.error
        hooks = receipt.hooks ?? [:]
        review = receipt.review
    }
}
