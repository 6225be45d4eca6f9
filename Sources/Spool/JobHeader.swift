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

    /// Makes a header.
    public init(
        pipeline: String, priority: Int = 0, notBefore: Timestamp? = nil,
        labels: [String: String] = [:], id: String? = nil
    ) {
        self.pipeline = pipeline
        self.priority = priority
        self.notBefore = notBefore
        self.labels = labels
        self.id = id
    }
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
