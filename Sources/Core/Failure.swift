/// Why something did not work, said so that a person knows what to do and the daemon knows
/// whether to try again.
///
/// Every errno, exit status and HTTP status is mapped to a `Failure` in one place per kind; from
/// there on only `kind` decides what happens next.
public struct Failure: Error, Hashable, Codable, Sendable {
    /// What the failure says about trying again.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// It may work if tried again soon. Uses up one of the job's attempts.
        case transient
        /// The *provider* is at fault: counts on its breaker, uses up no attempt of the job.
        case unavailable
        /// The *job* is at fault: trying again gives the same result.
        case permanent
        /// Somebody asked for it to stop.
        case cancelled
    }

    /// What the failure says about trying again.
    public var kind: Kind
    /// A stable name for programs, in lower snake case: `invalid_spec`, `timeout`, `no_space`.
    public var code: String
    /// What was being done, as a verb phrase: `read the job spec`.
    public var operation: String
    /// What it was done to: a path, a step, a provider.
    public var subject: String
    /// Why it failed, without a full stop.
    public var cause: String
    /// What the reader can do about it, as a sentence without a full stop; nil if nothing.
    public var hint: String?
    /// When the provider asked to be left alone for a time: how long, in seconds, a day at most.
    public var retryAfter: Double?
    /// What the program exited with, if that is how it failed.
    public var exitStatus: Int?
    /// What the server answered, if the provider said so.
    public var httpStatus: Int?
    /// The signal that ended the program, if one did.
    public var signal: Int?

    /// Makes a failure; see the properties for the wording each part should have.
    public init(
        _ kind: Kind, code: String, operation: String, subject: String, cause: String,
        hint: String? = nil, retryAfter: Double? = nil
    ) {
        self.kind = kind
        self.code = code
        self.operation = operation
        self.subject = subject
        self.cause = cause
        self.hint = hint
        // Not a number compares as false, and counts as nothing.
        self.retryAfter = retryAfter.map { $0 > 0 ? min($0, 86_400) : 0 }
    }
}

extension Failure: CustomStringConvertible {
    /// One sentence: what happened, to what, why.
    public var message: String { "Could not \(operation) \(subject): \(cause)." }

    /// `message`, and the hint if there is one.
    public var description: String {
        guard let hint else { return message }
        return "\(message) \(hint)."
    }
}
