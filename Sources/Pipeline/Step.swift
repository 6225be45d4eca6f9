import Core
import Resilience
import Spool

/// One node of a pipeline's graph: what it waits for, who can do it, and how patient to be.
public struct Step: Sendable {
    /// Its name, unique in the pipeline: lower-case letters, digits and hyphens, `narration-03`.
    public var name: String
    /// The steps whose outputs it reads; it starts when all of them are finished.
    public var needs: [String]
    /// Who can do it, in order of preference. A later one is used when those before it are
    /// unavailable or keep failing, and the receipt says so.
    public var providers: [Provider]
    /// How long one attempt may take, if the provider's policy does not say.
    public var timeout: Duration
    /// How long all attempts of one provider may take, with the waits between them; nil for any time.
    public var limit: Duration?
    /// How often and when to try again; nil for what the provider's policy says.
    public var retry: RetryPolicy?
    /// How urgent it is among the steps that are ready: higher first.
    public var urgency: Int

    /// Makes a step.
    public init(
        _ name: String, needs: [String] = [], providers: [Provider], timeout: Duration,
        limit: Duration? = nil, retry: RetryPolicy? = nil, urgency: Int = 0
    ) {
        self.name = name
        self.needs = needs
        self.providers = providers
        self.timeout = timeout
        self.limit = limit
        self.retry = retry
        self.urgency = urgency
    }
}

/// Makes one kind of thing: a script, an image, a narration, a clip, a final cut.
public struct Provider: Sendable {
    /// Its name. Its breaker, its limits and its budget are kept by it, so all steps of all pipelines
    /// that use a provider of that name share them.
    public var name: String
    /// What of the machine decides what it makes; nil if that cannot be known, as of a user's command
    /// or a service elsewhere. What it made is made again for a session that is not done when any of it
    /// is not what it was, and may serve others only if all of it is.
    public var machine: [MachinePart]?
    /// The absolute paths of the files outside the session that it reads, it or its tools.
    public var externals: [String]
    /// From what the session holds to what has to be done. Reads, but runs and writes nothing.
    public var produce: @Sendable (SessionFiles) throws(Failure) -> Production

    /// Makes a provider.
    public init(
        _ name: String, machine: [MachinePart]? = nil, externals: [String] = [],
        produce: @escaping @Sendable (SessionFiles) throws(Failure) -> Production
    ) {
        self.name = name
        self.machine = machine
        self.externals = externals
        self.produce = produce
    }
}

/// A session's files as a provider sees them: finished outputs of earlier steps, by their place.
public protocol SessionFiles: Sendable {
    /// The session's id.
    var id: SessionID { get }
    /// When the session was made, in seconds since 1970.
    var created: Double { get }
    /// The absolute path of a place, to hand to a tool; of the session itself for ".".
    /// Contains nothing from the job.
    func path(_ place: String) -> String
    /// The absolute path of the directory that the attempt works in.
    var work: String { get }
    /// The bytes of a finished output; a permanent failure if it is not there or is larger than
    /// `limit` bytes.
    func read(_ place: String, limit: Int) throws(Failure) -> [UInt8]
    /// The first bytes, 256 KiB at most, of one of the provider's `externals`; the cause if it cannot be
    /// read.
    func beginning(ofExternal path: String) throws(ExternalFault) -> [UInt8]
    /// What the session's finished steps used and could not do as asked, for `metadata.json`.
    var history: [StepSummary] { get }
}

/// Why a file outside the session cannot be read, as a sentence without its subject.
public struct ExternalFault: Error, Hashable, Sendable {
    /// The sentence: `it is not a regular file`.
    public var cause: String
    /// What to do about it, likewise, if that is known.
    public var remedy: String?

    /// Makes one.
    public init(_ cause: String, remedy: String? = nil) {
        self.cause = cause
        self.remedy = remedy
    }
}

/// What became of a finished step, in short.
public struct StepSummary: Hashable, Codable, Sendable {
    /// The step's name.
    public var step: String
    /// The provider that did it.
    public var provider: String
    /// How many attempts it took.
    public var attempts: Int
    /// How long the attempt that succeeded took, in seconds.
    public var seconds: Double
    /// What was done less well than asked for, as sentences.
    public var degradations: [String]
    /// Processor time of its tools in seconds; nil if there were none.
    public var cpuSeconds: Double?
    /// The largest resident set of any of them, in bytes.
    public var peakMemory: Int?
    /// Whether it was made before and not for this session; nil if not.
    public var reused: Bool?

    /// The names in a file are in snake_case.
    enum CodingKeys: String, CodingKey {
        case step, provider, attempts, seconds, degradations, reused
        case cpuSeconds = "cpu_seconds"
        case peakMemory = "peak_memory"
    }

    /// Makes a summary.
    public init(
        step: String, provider: String, attempts: Int, seconds: Double, degradations: [String],
        cost: SessionRecord.Cost? = nil, reused: Bool? = nil
    ) {
        self.step = step
        self.provider = provider
        self.attempts = attempts
        self.seconds = seconds
        self.degradations = degradations
        cpuSeconds = cost?.processor
        peakMemory = cost?.memory
        self.reused = reused
    }
}
