import Synchronization
import Testing

@testable import Pipeline

/// How many begin and how many work; the order is `PrioritySemaphoreTests`' matter.
@Suite struct StepSlotsTests {
    private final class Meter: Sendable {
        let state = Mutex((now: 0, most: 0))

        func count<R>(_ body: () async -> R) async -> R {
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            defer { state.withLock { $0.now -= 1 } }
            return await body()
        }

        var most: Int { state.withLock(\.most) }
    }

    /// Runs so many steps that take but a moment; tells how many had begun and how many worked at
    /// once, at most.
    private func run(_ count: Int, in slots: StepSlots) async throws -> (begun: Int, worked: Int) {
        let (begun, worked) = (Meter(), Meter())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await slots.whenItMayBegin(urgency: 0) {
                        try await begun.count { () async -> Result<Void, any Error> in
                            do {
                                try await slots.whenItMayWork(urgency: 0) {
                                    await worked.count { await Task.yield() }
                                }
                                await Task.yield()
                                return .success(())
                            } catch { return .failure(error) }
                        }.get()
                    }
                }
            }
            try await group.waitForAll()
        }
        return (begun.most, worked.most)
    }

    @Test func quickStepsBeginEarlyButNoMoreWorkThanMay() async throws {
        let slots = StepSlots(limit: 2)
        let (begun, worked) = try await run(400, in: slots)
        #expect(worked <= 2)
        #expect((3...32).contains(begun), "\(begun)")
        slots.setLimit(1)
        let one = try await run(50, in: slots)
        #expect(one.begun == 1 && one.worked == 1, "one at a time is one at a time")
    }

    @Test func whoIsCancelledWhileItWaitsGivesNothingAway() async throws {
        let slots = StepSlots(limit: 1)
        try await slots.whenItMayBegin(urgency: 0) {
            let waiter = Task { try await slots.whenItMayBegin(urgency: 0) {} }
            while slots.beginning.waiting.isEmpty { await Task.yield() }
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
        }
        #expect(try await run(3, in: slots).worked == 1)
    }
}
