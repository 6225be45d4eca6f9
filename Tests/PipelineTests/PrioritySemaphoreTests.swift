import Synchronization
import Testing

@testable import Pipeline

@Suite struct PrioritySemaphoreTests {
    /// Counts who is at work.
    private final class Work: Sendable {
        private let state = Mutex((now: 0, most: 0))

        var most: Int { state.withLock(\.most) }
        var now: Int { state.withLock(\.now) }

        @Sendable func perform() async {
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            for _ in 0..<5 { await Task.yield() }
            state.withLock { $0.now -= 1 }
        }
    }

    /// Remembers who came when.
    private final class Order: Sendable {
        private let state = Mutex<[String]>([])

        var names: [String] { state.withLock { $0 } }

        func note(_ name: String) { state.withLock { $0.append(name) } }
    }

    @Test(arguments: [1, 3]) func noMoreWorkAtOnceThanThereAreSlots(_ limit: Int) async throws {
        let (semaphore, work) = (PrioritySemaphore(limit: limit), Work())
        try await withThrowingTaskGroup { group in
            for _ in 0..<40 {
                group.addTask {
                    try await semaphore.withPermit(urgency: 0) { await work.perform() }
                }
            }
            try await group.waitForAll()
        }
        #expect(work.most <= limit && work.now == 0)
    }

    @Test func aSlotIsGivenBackByAFailure() async throws {
        struct Broken: Error {}
        let semaphore = PrioritySemaphore(limit: 1)
        await #expect(throws: Broken.self) {
            try await semaphore.withPermit(urgency: 0) { throw Broken() }
        }
        #expect(try await semaphore.withPermit(urgency: 0) { 1 } == 1)
    }

    @Test func whoIsCancelledWhileWaitingGetsNone() async throws {
        let semaphore = PrioritySemaphore(limit: 1)
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let holder = Task {
            try await semaphore.withPermit(urgency: 0) {
                enter.finish()
                for await _ in released {}
            }
        }
        for await _ in entered {}
        let waiter = Task { try await semaphore.withPermit(urgency: 0) {} }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        release.finish()
        try await holder.value
        #expect(try await semaphore.withPermit(urgency: 0) { 1 } == 1)
    }

    @Test func moreSlotsServeThoseWhoWait() async throws {
        let semaphore = PrioritySemaphore(limit: 1)
        let (released, release) = AsyncStream<Void>.makeStream()
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let holder = Task {
            try await semaphore.withPermit(urgency: 0) {
                enter.finish()
                for await _ in released {}
            }
        }
        for await _ in entered {}
        let waiter = Task { try await semaphore.withPermit(urgency: 0) { 2 } }
        semaphore.adjust(by: 1)
        #expect(try await waiter.value == 2)
        // Fewer again: the holder keeps its slot, and there is none beside it.
        semaphore.adjust(by: -1)
        let late = Task { try await semaphore.withPermit(urgency: 0) { 3 } }
        release.finish()
        try await holder.value
        #expect(try await late.value == 3)
    }

    @Test func theMostUrgentIsServedFirstAndAmongEqualsTheFirst() async throws {
        let semaphore = PrioritySemaphore(limit: 1)
        let served = Order()
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await semaphore.withPermit(urgency: 0) {
                    enter.finish()
                    for await _ in released {}
                }
            }
            for await _ in entered {}
            let names = [("low", 1), ("first high", 5), ("second high", 5), ("middle", 3)]
            for (index, (name, urgency)) in names.enumerated() {
                group.addTask {
                    try await semaphore.withPermit(urgency: urgency) { served.note(name) }
                }
                while semaphore.waiting.count <= index { await Task.yield() }
            }
            release.finish()
            try await group.waitForAll()
        }
        #expect(served.names == ["first high", "second high", "middle", "low"])
    }
}
