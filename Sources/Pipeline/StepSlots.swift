import Core

/// Lets a limited number of steps work at once, across all jobs: the most urgent first, and of
/// equally urgent ones the one that came first. As later steps of a pipeline are more urgent, a job
/// that is nearly done is done before another one begins.
public actor StepSlots {
    struct Waiting {
        var id: Int
        var urgency: Int
        var continuation: CheckedContinuation<Bool, Never>
    }

    private var free: Int
    private(set) var waiting: [Waiting] = []
    private var nextID = 0

    /// Makes `limit` slots; at least one.
    public init(limit: Int) { free = max(1, limit) }

    /// Runs `body` when there is a slot; throws `CancellationError` if the task is cancelled while
    /// it waits for one.
    public nonisolated func withSlot<R: Sendable>(
        urgency: Int, _ body: @Sendable () async throws -> R
    ) async throws -> R {
        try await take(urgency)
        let result: Result<R, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await giveBack()
        return try result.get()
    }

    /// Changes the number of slots. Steps at work keep theirs.
    public func adjust(by difference: Int) {
        free += difference
        serve()
    }

    private func take(_ urgency: Int) async throws {
        let id = nextID
        nextID += 1
        let granted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                    return
                }
                waiting.append(Waiting(id: id, urgency: urgency, continuation: continuation))
                serve()
            }
        } onCancel: {
            Task { await self.abandon(id) }
        }
        guard granted else { throw CancellationError() }
    }

    private func giveBack() {
        free += 1
        serve()
    }

    private func serve() {
        while free > 0,
            let index = waiting.indices.max(by: {
                (waiting[$0].urgency, waiting[$1].id) < (waiting[$1].urgency, waiting[$0].id)
            })
        {
            free -= 1
            waiting.remove(at: index).continuation.resume(returning: true)
        }
    }

    private func abandon(_ id: Int) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }
}
