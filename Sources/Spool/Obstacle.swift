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

    /// That of a failure of a step, which names what failed: the program, the provider, the file.
    public static func ofStep(_ failure: Failure) -> Obstacle {
        var obstacle = Obstacle(failure)
        obstacle.cause = "could not \(failure.operation) \(failure.subject): \(failure.cause)"
        return obstacle
    }
}
