/// What a failure says about trying again.
public enum FailureKind: String, Hashable, Codable, Sendable, CaseIterable {
    /// It may work if tried again soon.
    case transient
    /// The provider is at fault: it counts on its breaker.
    case unavailable
    /// The job is at fault: trying again gives the same result.
    case permanent
    /// Somebody asked for it to stop.
    case cancelled
}

/// A failure as far as it matters to whether and when to try again.
public struct FailureTraits: Hashable, Sendable {
    /// What it says about trying again.
    public var kind: FailureKind
    /// Its stable name, in lower snake case: `timeout`.
    public var code: String
    /// What the program exited with.
    public var exitStatus: Int?
    /// What the server answered.
    public var httpStatus: Int?
    /// The number of the signal that ended the program.
    public var signal: Int?
    /// How long the provider asked to be left alone.
    public var retryAfter: Duration?

    /// Makes a description.
    public init(
        _ kind: FailureKind, code: String = "", exitStatus: Int? = nil, httpStatus: Int? = nil,
        signal: Int? = nil, retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.code = code
        self.exitStatus = exitStatus
        self.httpStatus = httpStatus
        self.signal = signal
        self.retryAfter = retryAfter
    }
}
