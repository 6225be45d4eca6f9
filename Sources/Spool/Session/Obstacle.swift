import Core

/// What keeps a job from going on, for those who wait for it.
public struct Obstacle: Hashable, Codable, Sendable {
    /// A stable name for it: `tool_missing`.
    public var code: String
    /// What it is, as the end of a sentence.
    public var cause: String
    /// What to do about it.
    public var hint: String?

    /// The name of the one that somebody has to look at the job.
    public static let review = "review"

    /// Says so.
    public init(code: String, cause: String, hint: String?) {
        (self.code, self.cause, self.hint) = (code, cause, hint)
    }

    /// That of a failure.
    public init(_ failure: Failure) {
        code = failure.code
        cause = failure.cause
        hint = failure.hint
    }

    /// The same with what failed named: the program, the provider, the file.
    public init(naming failure: Failure) {
        self.init(failure)
        cause = "could not \(failure.operation) \(failure.subject): \(failure.cause)"
    }
}
