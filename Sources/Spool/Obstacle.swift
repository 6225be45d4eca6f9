import Core

/// What keeps a job from going on, for those who wait for it.
public struct Obstacle: Hashable, Codable, Sendable {
    /// A stable name for it: `tool_missing`.
    public var code: String
    /// What it is, as the end of a sentence.
    public var cause: String
    /// What to do about it.
    public var hint: String?

    /// That of a failure.
    public init(_ failure: Failure) {
        code = failure.code
        cause = failure.cause
        hint = failure.hint
    }
}
