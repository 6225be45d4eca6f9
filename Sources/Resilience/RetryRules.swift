/// A set of failures: those that have at least one of what is listed.
public struct FailurePattern: Hashable, Sendable {
    /// By what they say about trying again.
    public var kinds: Set<FailureKind>
    /// By their stable names.
    public var codes: Set<String>
    /// By what the program exited with, 1 to 255.
    public var exitStatuses: Set<Int>
    /// By what the server answered, 100 to 599.
    public var httpStatuses: Set<Int>
    /// By the number of the signal that ended the program, 1 to 64.
    public var signals: Set<Int>

    /// Makes a pattern; without arguments it is that of no failure.
    public init(
        kinds: Set<FailureKind> = [], codes: Set<String> = [], exitStatuses: Set<Int> = [],
        httpStatuses: Set<Int> = [], signals: Set<Int> = []
    ) {
        self.kinds = kinds
        self.codes = codes
        self.exitStatuses = exitStatuses
        self.httpStatuses = httpStatuses
        self.signals = signals
    }

    /// Whether the failure is one of them.
    public func matches(_ failure: FailureTraits) -> Bool {
        kinds.contains(failure.kind) || codes.contains(failure.code)
            || failure.exitStatus.map(exitStatuses.contains) ?? false
            || failure.httpStatus.map(httpStatuses.contains) ?? false
            || failure.signal.map(signals.contains) ?? false
    }
}

/// Which failures are worth another try.
public struct RetryRules: Hashable, Sendable {
    /// Those that are …
    public var retry: FailurePattern
    /// … unless they are one of these, which takes precedence.
    public var never: FailurePattern

    /// Makes rules. By default what is transient is tried again; who is unavailable is better left
    /// alone for a time. What was cancelled never is: it did not fail.
    public init(
        retry: FailurePattern = FailurePattern(kinds: [.transient]),
        never: FailurePattern = FailurePattern()
    ) {
        self.retry = retry
        self.never = never
    }

    /// Whether this failure is worth another try.
    public func allow(_ failure: FailureTraits) -> Bool {
        failure.kind != .cancelled && !never.matches(failure) && retry.matches(failure)
    }
}
