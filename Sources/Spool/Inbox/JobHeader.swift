import Core

/// What the spool has to know of a job spec. The rest is the pipeline's business.
public struct JobHeader: Hashable, Sendable {
    /// The pipeline that makes it.
    public var pipeline: String
    /// Higher goes first.
    public var priority: Int
    /// Not to be started before this moment.
    public var notBefore: Timestamp?
    /// The user's own notes.
    public var labels: [String: String]
    /// What its owner knows it by: no two jobs of the same id are made.
    public var id: String?
    /// Whether somebody has to look at what is made before it counts as done.
    public var review: Bool

    /// What is made, if that is not just what the spec says.
    public var effective: EffectiveSpec?

    /// Makes a header.
    public init(
        pipeline: String, priority: Int = 0, notBefore: Timestamp? = nil,
        labels: [String: String] = [:], id: String? = nil, review: Bool = false,
        effective: EffectiveSpec? = nil
    ) {
        self.pipeline = pipeline
        self.priority = priority
        self.notBefore = notBefore
        self.labels = labels
        self.id = id
        self.review = review
        self.effective = effective
    }
}

/// A job spec with what the configuration adds to it. It is put on record at the claim, and the job is made by
/// that: a later change of the configuration does not change a job that is begun.
public struct EffectiveSpec: Hashable, Sendable {
    /// The spec, as JSON.
    public var bytes: [UInt8]
    /// The preset that the spec names.
    public var preset: String?
    /// Where each field is from: `spec`, `preset NAME` or `defaults`; a label as `labels.KEY`.
    public var origins: [String: String]

    /// Makes an effective spec.
    public init(bytes: [UInt8], preset: String?, origins: [String: String]) {
        self.bytes = bytes
        self.preset = preset
        self.origins = origins
    }

    /// Where a session keeps it; a session without it is made by `metadata/job.json`.
    public static let place = "metadata/effective.json"
    /// The most bytes it may have: more than any spec that is accepted can come to.
    public static let limit = 4 << 20
}

/// What is wrong with a job spec.
public struct SpecFault: Error, Sendable {
    /// What to tell the person who dropped it.
    public var failure: Failure
    /// Whether it only breaks off too early: its writer may not have finished.
    public var isTruncated: Bool

    /// Makes a fault.
    public init(_ failure: Failure, isTruncated: Bool) {
        self.failure = failure
        self.isTruncated = isTruncated
    }
}

/// Reads a job spec's bytes: the one parser, wherever the bytes come from.
public typealias SpecParser = @Sendable ([UInt8]) throws(SpecFault) -> JobHeader

/// The most bytes a job spec may have.
public let largestSpec = 1 << 20
