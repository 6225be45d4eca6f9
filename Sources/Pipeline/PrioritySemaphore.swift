import Core
import Synchronization

/// Lets a limited number of tasks go on at once: the most urgent first, and of equally urgent ones the
/// one that came first.
final class PrioritySemaphore: Sendable {
    struct Waiting {
        var id: Int
        var urgency: Int
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var free: Int
        var waiting: [Waiting] = []
        var nextID = 0

        /// Takes those out of the queue that may go on now.
        mutating func takeServed() -> [Waiting] {
            var served: [Waiting] = []
            while free > 0,
                let index = waiting.indices.max(by: {
                    (waiting[$0].urgency, waiting[$1].id) < (waiting[$1].urgency, waiting[$0].id)
                })
            {
                free -= 1
                served.append(waiting.remove(at: index))
            }
            return served
        }
    }

    private let state: Mutex<State>

    /// Those that wait.
    var waiting: [Waiting] { state.withLock { $0.waiting } }

    /// Lets `limit` go on at once; at least one.
    init(limit: Int) { state = Mutex(State(free: max(1, limit))) }

    /// Runs `body` when it may; throws `CancellationError` if the task is cancelled while it waits.
    func withPermit<R: Sendable>(
        urgency: Int, _ body: @Sendable () async throws -> R
    ) async throws -> R {
        try await take(urgency)
        defer { adjust(by: 1) }
        return try await body()
    }

    /// Changes how many may go on. Those that do, do.
    func adjust(by difference: Int) {
        let served = state.withLock { state in
            state.free += difference
            return state.takeServed()
        }
        for one in served { one.continuation.resume(returning: true) }
    }

    private func take(_ urgency: Int) async throws {
        try Task.checkCancellation()
        let (isGranted, id) = state.withLock { state in
            state.nextID += 1
            // Where one is free, nobody waits.
            guard state.free > 0 else { return (false, state.nextID) }
            state.free -= 1
            return (true, state.nextID)
        }
        if isGranted { return }
        let granted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let served = state.withLock { state in
                    state.waiting.append(
                        Waiting(id: id, urgency: urgency, continuation: continuation))
                    return state.takeServed()
                }
                for one in served { one.continuation.resume(returning: true) }
                // Whoever cancelled before it was in the queue found nothing there.
                if Task.isCancelled { abandon(id) }
            }
        } onCancel: {
            abandon(id)
        }
        guard granted else { throw CancellationError() }
    }

    private func abandon(_ id: Int) {
        let abandoned = state.withLock { state in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
        abandoned?.continuation.resume(returning: false)
    }
}
