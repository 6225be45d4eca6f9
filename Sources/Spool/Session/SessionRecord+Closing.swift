import Core

/// What is left of a job when all is made: a look that somebody takes, and hooks.
extension SessionRecord {
    /// A look that somebody takes at what was published, before the job counts as done.
    public struct Review: Hashable, Codable, Sendable {
        /// What may come of it.
        public enum Verdict: String, Codable, Sendable { case approved, rejected }

        /// What came of it; nil until then.
        public var verdict: Verdict?
        /// Whose it is: `alice (user 1000)`.
        public var by: String?
        /// When it was given.
        public var at: Timestamp?
        /// Why, in that one's words.
        public var because: String?

        /// One that is still to be taken.
        public init() {}

        /// Whether it is still to be taken.
        public var isPending: Bool { verdict == nil }
    }

    /// Whether all is made and published, and waits for somebody to look at it.
    public var awaitsReview: Bool {
        review?.isPending == true && outcome == nil && publication != nil
    }

    /// How a hook ended.
    public struct HookEnd: Hashable, Codable, Sendable {
        /// Why it failed; nil if it did not.
        public var failure: Failure?

        /// The code of the failure that somebody cancelled the job meanwhile.
        public static let cancelled = "hook_cancelled"

        /// Whether it was given up because somebody asked for it.
        public var isCancelled: Bool { failure?.code == Self.cancelled }

        /// The code of the failure that another failed which it needs.
        public static let skipped = "hook_skipped"

        /// Makes an end.
        public init(failure: Failure?) { self.failure = failure }
    }

    /// What became of its hooks, by name: `done`, or a failure's code.
    public var hookResults: [String: String] {
        (hooks ?? [:]).mapValues { $0.failure?.code ?? "done" }
    }

    /// The step that calls a hook when a job goes to `state`: `on.done.deliver`. No step of a pipeline has a full
    /// stop in its name.
    public static func hookStep(_ hook: String, _ state: SpoolDirectory) -> String {
        "on.\(state.rawValue).\(hook)"
    }

    /// Whether a step calls a hook.
    public static func isHookStep(_ step: String) -> Bool { step.hasPrefix("on.") }

    /// The hook that a step calls.
    public static func hookName(_ step: String) -> String {
        step.split(separator: ".", maxSplits: 2).last.map(String.init) ?? step
    }

    /// Hooks are to be called again: those that failed, or all.
    public mutating func forgetHooks(failedAlone: Bool = false) {
        let settled = (hooks ?? [:]).filter { failedAlone && $0.value.failure == nil }
        hooks = settled.isEmpty ? nil : settled
        hooksAsked = nil
        steps = steps.filter { step in
            !Self.isHookStep(step.key) || settled[Self.hookName(step.key)] != nil
        }
    }
}
