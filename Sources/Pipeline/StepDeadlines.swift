import Synchronization

/// When each step at work has to be over at the latest. A step that is not, in spite of its timeout
/// and of SIGKILL, shows that something in the daemon hangs.
public final class StepDeadlines: Sendable {
    private struct State {
        var nextID = 0
        var deadlines: [Int: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())

    /// Makes an empty list.
    public init() {}

    /// Runs `body`, which has to be over at `deadline`.
    func hold<R: Sendable>(
        until deadline: ContinuousClock.Instant, _ body: @Sendable () async -> R
    ) async -> R {
        let id = state.withLock { state in
            state.nextID += 1
            state.deadlines[state.nextID] = deadline
            return state.nextID
        }
        defer { state.withLock { $0.deadlines[id] = nil } }
        return await body()
    }

    /// Whether no step is past its deadline.
    public func areKept(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in state.deadlines.values.allSatisfy { now <= $0 } }
    }
}
