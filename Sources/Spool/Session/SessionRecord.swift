import Core

/// All that is known of a session: `metadata/session.json`. What it says happened, happened.
public struct SessionRecord: Hashable, Codable, Sendable {
    /// The layout of the file; a reader refuses one it does not know.
    public var format = 1
    /// The session's id.
    public var session: SessionID
    /// The name of the dropped file.
    public var job: String
    /// The pipeline that makes it.
    public var pipeline: String
    /// Higher goes first.
    public var priority: Int
    /// The user's own notes.
    public var labels: [String: String]
    /// What its owner knows it by.
    public var id: String?
    /// Its place in the order in which jobs were claimed, whatever the clocks said; nil for a session of
    /// an earlier version, which came before all that have one.
    public var arrival: Int?
    /// When the dropped file was last written.
    public var arrived: Timestamp
    /// When it was claimed.
    public var claimed: Timestamp
    /// The same by the clock that nobody can set.
    public var begun: BootMoment?
    /// How often a daemon began to work on it.
    public var starts = 0
    /// The daemon that works on it, or died while it did, by a name no other one has.
    public var worker: String?
    /// The boot of the machine in which that daemon works or worked.
    public var boot: String?
    /// How many daemons died while they worked on it, since a step last finished.
    public var deaths = 0
    /// How it was last parked; nil when it is worked on again.
    public var parking: Parking?
    /// The names of all steps known so far, in the order of the pipeline.
    public var plan: [String] = []
    /// The steps that were begun, by name.
    public var steps: [String: StepRecord] = [:]
    /// What is to be in `final_output/`, in the order of publication; nil until all steps are
    /// finished.
    public var publication: [PublishedFile]?
    /// How it ended; nil until then. Its hooks are called when that is on record, and then its file goes where
    /// it belongs.
    public var outcome: Outcome?
    /// The hooks that it is over with, by name; nil if there are none.
    public var hooks: [String: HookEnd]?
    /// Since when they are called, if that is not since its end: somebody asked for it.
    public var hooksAsked: Timestamp?
    /// Whether somebody has to look at it before it is done; nil if nobody has.
    public var review: Review?
    /// How it ended before it was retried, each time; nil if it was not.
    public var earlier: [EarlierEnd]?
    /// The user who owned the dropped file when it was claimed. The file itself may be the daemon's
    /// copy since.
    public var owner: UInt32?
    /// The preset that its spec names; nil if it names none.
    public var preset: String?
    /// Where each field of the effective spec is from, if not all are the spec's own: `spec`, `preset NAME`
    /// or `defaults`; a label as `labels.KEY`.
    public var origins: [String: String]?
    /// What was not done as asked for before there were any steps, as sentences; nil if there is nothing.
    public var remarks: [String]?

    /// A time to wait.
    public struct Parking: Hashable, Codable, Sendable {
        /// When it ends by the wall clock: the wake time of the job's file.
        public var until: Timestamp
        /// How long it is, whatever becomes of that clock; nil if the job waits for a date.
        public var seconds: Double?
        /// The number of the job's file, by which a copy of it is told: the wake time of a copy is whatever the
        /// copying made of it.
        public var inode: Int?
        /// The providers whose breakers are in its way: when one lets calls through, it may end sooner;
        /// nil if there is none.
        public var breakers: [String]?
        /// Why; nil if the job waits for a date.
        public var reason: Obstacle?

        /// Makes a record.
        public init(
            until: Timestamp, seconds: Double?, inode: Int? = nil, breakers: [String] = [],
            because reason: Obstacle? = nil
        ) {
            self.until = until
            self.seconds = seconds
            self.inode = inode
            self.breakers = breakers.isEmpty ? nil : breakers
            self.reason = reason
        }
    }

    /// What became of one step.
    public struct StepRecord: Hashable, Codable, Sendable {
        /// Where a step is in its life.
        public enum State: String, Codable, Sendable { case running, finished, failed }
        /// Where it is.
        public var state: State
        /// The provider of the last attempt.
        public var provider: String
        /// How many attempts each provider made, not counting those the daemon itself cut short
        /// and those in which the provider was unavailable.
        public var tries: [String: Int]
        /// When the last attempt began.
        public var started: Timestamp
        /// How long the last attempt took, in seconds.
        public var seconds: Double?
        /// What it made.
        public var outputs: [OutputRecord] = []
        /// What was done less well than asked for, as sentences.
        public var degradations: [String] = []
        /// What its tools took; nil if there were none.
        public var cost: Cost?
        /// Whether it was taken from what was made before; nil if not.
        public var reused: Bool?
        /// What of the machine decided what it made, by name, and a fingerprint of each; nil if that is
        /// not known, as of a user's command.
        public var machine: [String: String]?
        /// Why the last attempt failed.
        public var failure: Failure?

        /// Makes the record of an attempt that begins.
        public init(provider: String, tries: [String: Int], started: Timestamp) {
            state = .running
            self.provider = provider
            self.tries = tries
            self.started = started
        }

        /// How many attempts there were in all.
        public var attempts: Int { tries.values.reduce(0, +) }

        /// Takes back the count of the last attempt, which was not the step's fault.
        public mutating func forgiveLastAttempt() {
            tries[provider, default: 0] -= 1
            if tries[provider, default: 0] <= 0 { tries[provider] = nil }
        }
    }

    /// What the tools of a step took. See getrusage(2).
    public struct Cost: Hashable, Codable, Sendable {
        /// User and system time of all, in seconds.
        public var processor: Double
        /// The largest resident set of any, in bytes.
        public var memory: Int

        /// Makes a record.
        public init(processor: Double, memory: Int) {
            self.processor = processor
            self.memory = memory
        }
    }

    /// A file a step made.
    public struct OutputRecord: Hashable, Codable, Sendable {
        /// Its place in the session.
        public var place: String
        /// Its length.
        public var bytes: Int
        /// SHA-256 of its bytes, in hexadecimal.
        public var sha256: String

        /// Makes a record.
        public init(place: String, bytes: Int, sha256: String) {
            self.place = place
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    /// A file for `final_output/`.
    public struct PublishedFile: Hashable, Codable, Sendable {
        /// Its name there.
        public var name: String
        /// What it was before; its `place` is where it waits.
        public var output: OutputRecord

        /// Makes a record.
        public init(name: String, output: OutputRecord) {
            self.name = name
            self.output = output
        }

        /// Whether it is a video, by its name.
        public var isVideo: Bool { Self.isVideo(name) }

        /// Whether a file of this name is a video.
        public static func isVideo(_ name: String) -> Bool {
            [".mp4", ".m4v", ".mov", ".webm", ".mkv"].contains { name.lowercased().hasSuffix($0) }
        }
    }

    /// How a session ended.
    public struct Outcome: Hashable, Codable, Sendable {
        /// The directory the job's file goes to: done, failed or rejected.
        public var state: SpoolDirectory
        /// Why, if it is not done.
        public var failure: Failure?
        /// The step that failed.
        public var stage: String?
        /// When.
        public var finished: Timestamp
        /// The same by the clock that nobody can set.
        public var ended: BootMoment?

        /// Whether somebody asked for it.
        public var isCancelled: Bool { failure?.kind == .cancelled && failure?.code == "cancelled" }

        /// Makes an outcome.
        public init(
            state: SpoolDirectory, failure: Failure? = nil, stage: String? = nil,
            finished: Timestamp, ended: BootMoment? = nil
        ) {
            self.ended = ended
            self.state = state
            self.failure = failure
            self.stage = stage
            self.finished = finished
        }
    }

    /// An end that was not the last.
    public struct EarlierEnd: Hashable, Codable, Sendable {
        /// How it ended.
        public var outcome: Outcome
        /// The attempts that were made until then at the steps that were not finished.
        public var attempts: [String: Int]
    }

    /// Opens a session that has failed again: its finished steps stay so, the others get all their
    /// attempts anew. What there was is kept in `earlier`.
    public mutating func reopen() {
        guard let ended = outcome else { return }
        var attempts: [String: Int] = [:]
        for (name, step) in steps where step.state != .finished {
            var step = step
            if step.state == .running { step.forgiveLastAttempt() }
            attempts[name] = step.attempts
            step.state = .failed
            step.tries = [:]
            steps[name] = step
        }
        earlier = (earlier ?? []) + [EarlierEnd(outcome: ended, attempts: attempts)]
        outcome = nil
        // They are called anew at the next end.
        forgetHooks()
        if review != nil { review = Review() }
        deaths = 0
        worker = nil
        boot = nil
    }

    /// Takes back that it was opened again: it has ended as it had before. Of the attempts at a step all count for
    /// the last provider.
    public mutating func closeAgain() {
        guard outcome == nil, let last = earlier?.popLast() else { return }
        if earlier?.isEmpty == true { earlier = nil }
        outcome = last.outcome
        for (name, count) in last.attempts where count > 0 {
            if let provider = steps[name]?.provider { steps[name]?.tries = [provider: count] }
        }
    }

    /// Where its session has the spec that it is made by.
    public var specPlace: String { origins == nil ? "metadata/job.json" : EffectiveSpec.place }

    /// How many attempts each step took, over all retries.
    public var attempts: [String: Int] {
        (earlier ?? []).reduce(steps.mapValues(\.attempts)) { sum, end in
            sum.merging(end.attempts, uniquingKeysWith: +)
        }
    }

    /// The record of a session that begins.
    public init(
        session: SessionID, job: String, header: JobHeader, arrived: Timestamp, claimed: Timestamp
    ) {
        self.session = session
        self.job = job
        pipeline = header.pipeline
        priority = header.priority
        labels = header.labels
        id = header.id
        review = header.review ? Review() : nil
        self.arrived = arrived
        self.claimed = claimed
    }

    /// How many daemons may die over a job, without a step of it finishing in between, before the
    /// job is set aside.
    public static let mostDeaths = 3

    /// How long it took from its claim to this end: by the clock that nobody can set, if the machine was
    /// not started anew meanwhile; never less than nothing.
    public func elapsed(until outcome: Outcome) -> Duration {
        if let begun, let passed = outcome.ended?.since(begun) { return passed }
        return max(.zero, outcome.finished.since(claimed))
    }

    /// What was done less well than asked for, in the order of the plan; and the hooks that failed.
    public var degradations: [String] {
        // Those that were skipped follow from the others.
        let hooks = (hooks ?? [:]).compactMap { name, end in end.failure.map { (name, $0) } }
            .sorted {
                ($0.1.code == HookEnd.skipped ? 1 : 0, $0.0)
                    < ($1.1.code == HookEnd.skipped ? 1 : 0, $1.0)
            }.map { "Hook \($0) failed: \($1.message)" }
        return (remarks ?? []) + plan.flatMap { steps[$0]?.degradations ?? [] } + hooks
    }

    /// The name of the published video; nil if there is none.
    public var video: String? { publication?.last(where: \.isVideo)?.name }

    /// The finished steps that made something for publication.
    public var stepsToPublish: Set<String> {
        Set(
            steps.filter { _, step in
                step.state == .finished
                    && step.outputs.contains { Session.publishedName(of: $0.place) != nil }
            }.keys)
    }

    /// What the finished steps made for publication, in the order of the plan.
    public var filesToPublish: [PublishedFile] {
        plan.flatMap { steps[$0]?.outputs ?? [] }.compactMap { output in
            Session.publishedName(of: output.place).map { PublishedFile(name: $0, output: output) }
        }
    }

    /// How many steps are finished, hooks left out.
    public var finishedSteps: Int {
        steps.count { $0.value.state == .finished && !Self.isHookStep($0.key) }
    }

    /// The steps at work, hooks last.
    public var runningSteps: [String] {
        let hooks = hooks == nil && outcome == nil ? [] : steps.keys.filter(Self.isHookStep)
        return (plan + hooks.sorted()).filter { steps[$0]?.state == .running }
    }
}

extension JobHeader {
    /// What a record kept of a header.
    init(_ record: SessionRecord) {
        self.init(
            pipeline: record.pipeline, priority: record.priority, labels: record.labels,
            id: record.id, review: record.review != nil)
    }
}
