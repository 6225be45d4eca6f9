import Core

/// What became of a job, for people and programs: `NAME.json.receipt` beside the dropped file.
public struct Receipt: Hashable, Codable, Sendable {
    /// Why a job did not end as its owner hoped.
    public struct Problem: Hashable, Codable, Sendable {
        /// A stable name: `invalid_spec`.
        public var code: String
        /// What happened, to what, why: a sentence.
        public var message: String
        /// The step that failed; `inbox` before there were any.
        public var stage: String
        /// What to do about it.
        public var hint: String?
    }

    /// When things happened.
    public struct Times: Hashable, Codable, Sendable {
        /// When the dropped file was last written.
        public var arrived: Timestamp?
        /// When it was claimed.
        public var claimed: Timestamp?
        /// When it ended.
        public var finished: Timestamp
        /// The same by the clock that nobody can set.
        public var ended: BootMoment?
    }

    /// A published file.
    public struct Output: Hashable, Codable, Sendable {
        /// Its path, relative to the root.
        public var path: String
        /// Its length.
        public var bytes: Int
        /// SHA-256 of its bytes, in hexadecimal.
        public var sha256: String
    }

    /// The layout of the file.
    public var format = 1
    /// done, failed or rejected.
    public var state: SpoolDirectory
    /// The name it was dropped under, fit for display.
    public var job: String
    /// The session it got, if it got one.
    public var session: SessionID?
    /// The pipeline that made it.
    public var pipeline: String?
    /// What was published.
    public var outputs: [Output] = []
    /// What was done less well than asked for, as sentences.
    public var degradations: [String] = []
    /// Why it is not done.
    public var error: Problem?
    /// How many attempts each step took, over all retries.
    public var attempts: [String: Int] = [:]
    /// How often it was retried after it had failed; nil if it was not.
    public var retries: Int?
    /// When things happened.
    public var times: Times
    /// The user's own notes.
    public var labels: [String: String] = [:]
    /// What its owner knows it by.
    public var id: String?
    /// When its session was removed with all that was published, if it was.
    public var removed: Timestamp?
    /// What became of the hooks that were called, by name: `done`, or a failure's code; nil if there were none.
    public var hooks: [String: String]?
    /// Who looked at it before it counted as done, and what came of that; nil if nobody had to.
    public var review: SessionRecord.Review?

    /// Whether a hook failed.
    public var hasFailedHooks: Bool { hooks?.values.contains { $0 != "done" } == true }

    /// The receipt of a file that never became a job.
    public init(
        rejecting job: FileName, because failure: Failure, arrived: Timestamp?, at now: Timestamp,
        _ moment: BootMoment? = nil
    ) {
        state = .rejected
        self.job = job.display
        error = Problem(failure, stage: "inbox")
        times = Times(arrived: arrived, claimed: nil, finished: now, ended: moment)
    }

    /// The receipt of a file that was cancelled before it became a job.
    public init(
        cancelling job: FileName, because failure: Failure, arrived: Timestamp?, at now: Timestamp,
        _ moment: BootMoment? = nil
    ) {
        self.init(rejecting: job, because: failure, arrived: arrived, at: now, moment)
        state = .failed
    }

    /// The receipt of a session that has ended.
    public init(_ record: SessionRecord, _ outcome: SessionRecord.Outcome) {
        state = outcome.state
        job = record.job
        session = record.session
        pipeline = record.pipeline.isEmpty ? nil : record.pipeline
        if outcome.state == .done {
            outputs = (record.publication ?? []).map { file in
                Output(
                    path: "outputs/\(record.session)/final_output/\(file.name)",
                    bytes: file.output.bytes, sha256: file.output.sha256)
            }
        }
        degradations = record.degradations
        error = outcome.failure.map { Problem($0, stage: outcome.stage ?? "pipeline") }
        attempts = record.attempts
        retries = record.earlier?.count
        times = Times(
            arrived: record.arrived, claimed: record.claimed, finished: outcome.finished,
            ended: outcome.ended)
        labels = record.labels
        id = record.id
        hooks = record.hooks == nil ? nil : record.hookResults
        review = record.review?.verdict == nil ? nil : record.review
    }
}

extension Receipt.Problem {
    init(_ failure: Failure, stage: String) {
        code = failure.code
        message = failure.message
        self.stage = stage
        hint = failure.hint
    }
}
