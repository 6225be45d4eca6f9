import Resilience

/// Waiting for a turn.
extension ProviderBoard {
    /// Somebody who has a slot now.
    typealias Woken = (CheckedContinuation<ProviderGate.Pending?, Never>, ProviderGate.Pending)

    /// Waits until the ticket comes up. Nil if that takes longer than `limit`: then it is given up.
    /// Throws `CancellationError` if the task is cancelled, likewise.
    func wait(
        for ticket: Ticket, of provider: String, atMost limit: Duration?,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) async throws -> ProviderGate.Pending? {
        switch ticket {
        case .time(let pending, let until):
            let delay = max(.zero, until - now())
            if let limit, delay > limit {
                giveUp(pending, of: provider)
                return nil
            }
            do { try await sleep(delay) } catch {
                giveUp(pending, of: provider)
                throw error
            }
            return pending
        case .place(let place):
            var timer: Task<Void, any Error>?
            defer { timer?.cancel() }
            let pending = await waitForSlot(place, of: provider) {
                // Had it begun before, its end could come when nobody waited who could give up.
                timer = limit.map { limit in
                    Task {
                        try await sleep(limit)
                        self.giveUp(place, of: provider)
                    }
                }
            }
            guard Task.isCancelled else { return pending }
            if let pending { giveUp(pending, of: provider) }
            throw CancellationError()
        }
    }

    /// Calls `begun` when its waiting can be given up.
    private func waitForSlot(
        _ place: Bulkhead.Place, of provider: String, begun: () -> Void
    ) async -> ProviderGate.Pending? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let woken = state.withLock { state -> ProviderGate.Pending? in
                    if case .woken(let pending) = state.waiters[provider]?[place] {
                        state.waiters[provider]?[place] = nil
                        return pending
                    }
                    state.waiters[provider, default: [:]][place] = .waiting(continuation)
                    return nil
                }
                if let woken { return continuation.resume(returning: woken) }
                begun()
                // Whoever cancelled before found nobody waiting.
                if Task.isCancelled { giveUp(place, of: provider) }
            }
        } onCancel: {
            giveUp(place, of: provider)
        }
    }

    /// Gives up a ticket nobody waits for yet.
    func giveUp(_ ticket: Ticket, of provider: String) {
        switch ticket {
        case .time(let pending, _): giveUp(pending, of: provider)
        case .place(let place):
            let woken = state.withLock { state -> ProviderGate.Pending? in
                if case .woken(let pending) = state.waiters[provider]?[place] {
                    state.waiters[provider]?[place] = nil
                    return pending
                }
                _ = state.withGate(provider) { $0.abandon(place) }
                return nil
            }
            if let woken { giveUp(woken, of: provider) }
        }
    }

    /// Ends the waiting for a slot. One who has been woken gives up what that brought.
    private func giveUp(_ place: Bulkhead.Place, of provider: String) {
        let continuation = state.withLock {
            state -> CheckedContinuation<ProviderGate.Pending?, Never>? in
            guard case .waiting(let continuation) = state.waiters[provider]?[place] else {
                return nil
            }
            state.waiters[provider]?[place] = nil
            _ = state.withGate(provider) { $0.abandon(place) }
            return continuation
        }
        continuation?.resume(returning: nil)
    }

    /// Gives up a call that has not begun.
    func giveUp(_ pending: ProviderGate.Pending, of provider: String) {
        let woken = state.withLock { state in
            state.withGate(provider) { $0.abandon(pending) }
            return state.takeWoken(provider)
        }
        wake(woken)
    }

    func wake(_ woken: [Woken]) {
        for (continuation, pending) in woken { continuation.resume(returning: pending) }
    }
}

extension ProviderBoard.State {
    /// Those who wait for a slot and have one now.
    mutating func takeWoken(_ provider: String) -> [ProviderBoard.Woken] {
        var woken: [ProviderBoard.Woken] = []
        while let (place, pending) = gates[provider]?.nextWoken() {
            if case .waiting(let continuation) = waiters[provider]?[place] {
                waiters[provider]?[place] = nil
                woken.append((continuation, pending))
            } else {
                waiters[provider, default: [:]][place] = .woken(pending)
            }
        }
        return woken
    }
}
