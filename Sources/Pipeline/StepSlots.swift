import Core
import Synchronization

/// Lets a limited number of steps work at once, across all jobs. As later steps of a pipeline are
/// more urgent, a job that is nearly done is done before another one begins.
///
/// Steps that take but a moment begin ahead of their turn to work, so that their records are written
/// meanwhile; see `Lookahead`.
public final class StepSlots: Sendable {
    private struct State {
        var lookahead: Lookahead
        /// How many may be begun, as last told.
        var begun: Int
        /// How many are.
        var count = 0
    }

    let beginning: PrioritySemaphore
    let working: PrioritySemaphore
    private let state: Mutex<State>
    private let start = ContinuousClock.now

    /// Lets `limit` steps work at once; at least one.
    public init(limit: Int) {
        let lookahead = Lookahead(limit: limit)
        beginning = PrioritySemaphore(limit: lookahead.begun)
        working = PrioritySemaphore(limit: lookahead.limit)
        state = Mutex(State(lookahead: lookahead, begun: lookahead.begun))
    }

    /// Runs `body`, all of a step's attempt, when it may begin. Throws `CancellationError` if the task
    /// is cancelled before.
    func whenItMayBegin<R: Sendable>(
        urgency: Int, _ body: @Sendable () async throws -> R
    ) async throws -> R {
        try await beginning.withPermit(urgency: urgency) {
            state.withLock { $0.count += 1 }
            defer { noteEnd() }
            return try await body()
        }
    }

    /// Runs `body`, the part of an attempt that needs the machine, when it may work; likewise.
    func whenItMayWork<R: Sendable>(
        urgency: Int, _ body: @Sendable () async throws -> R
    ) async throws -> R {
        try await working.withPermit(urgency: urgency, body)
    }

    /// Changes how many steps may work at once. Those that do go on.
    public func setLimit(_ limit: Int) {
        let difference = state.withLock { state in
            defer { state.lookahead.limit = max(1, limit) }
            return max(1, limit) - state.lookahead.limit
        }
        working.adjust(by: difference)
        tellBegun()
    }

    private func noteEnd() {
        let now = start.duration(to: .now)
        state.withLock { state in
            state.count -= 1
            state.lookahead.noteEnd(now: now)
            if state.count == 0 { state.lookahead.noteIdle() }
        }
        tellBegun()
    }

    private func tellBegun() {
        let difference = state.withLock { state in
            let difference = state.lookahead.begun - state.begun
            state.begun += difference
            return difference
        }
        if difference != 0 { beginning.adjust(by: difference) }
    }
}
