@preconcurrency import Dispatch
import Synchronization
import Testing

@testable import Linux

@Suite struct BlockingExecutorTests {
    /// Tasks that block until they are let go on, and how many have begun.
    private final class Gate: Sendable {
        let begun = Atomic(0)
        let open = DispatchSemaphore(value: 0)

        func pass() {
            begun.add(1, ordering: .sequentiallyConsistent)
            open.wait()
        }

        func waitFor(_ count: Int) async {
            while begun.load(ordering: .sequentiallyConsistent) < count { await Task.yield() }
        }
    }

    private func tasks(
        _ count: Int, on executor: BlockingExecutor, _ body: @escaping @Sendable () -> Void
    ) -> [Task<Void, Never>] {
        (0..<count).map { _ in Task(executorPreference: executor) { body() } }
    }

    @Test func asManyBlockAtOnceAsThereMayBeThreads() async {
        let (executor, gate) = (BlockingExecutor(most: 3), Gate())
        let waiting = tasks(5, on: executor, gate.pass)
        await gate.waitFor(3)
        // Nobody is free for the others; each that ends makes room for one.
        #expect(gate.begun.load(ordering: .sequentiallyConsistent) == 3)
        gate.open.signal()
        await gate.waitFor(4)
        for _ in 0..<4 { gate.open.signal() }
        for task in waiting { await task.value }
        #expect(gate.begun.load(ordering: .sequentiallyConsistent) == 5)
    }

    /// One that waits for a program keeps no other from its turn, however few threads there may be.
    @Test func aLentThreadDoesNotCount() async {
        let (executor, gate) = (BlockingExecutor(most: 1), Gate())
        let lent = (0..<4).map { _ in
            Task(executorPreference: executor) { await executor.lend { gate.pass() } }
        }
        await gate.waitFor(4)
        for task in tasks(3, on: executor, {}) { await task.value }
        for _ in lent { gate.open.signal() }
        for task in lent { await task.value }
    }

    @Test func everyPieceRunsInAnyCrowd() async {
        let (executor, counted) = (BlockingExecutor(most: 4), Gate())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<500 {
                group.addTask(executorPreference: executor) {
                    for _ in 0..<3 {
                        counted.begun.add(1, ordering: .sequentiallyConsistent)
                        await Task.yield()
                    }
                }
            }
        }
        #expect(counted.begun.load(ordering: .sequentiallyConsistent) == 1500)
    }

    /// One for which the machine has no thread is left to those there are, also when all of them have
    /// gone to sleep by then.
    @Test func aThreadThatCannotBeStartedLosesNothing() async {
        let (gate, asked, count) = (Gate(), Gate(), Counter())
        let executor = BlockingExecutor(most: 2) {
            if count.next() == 1 { return true }
            // The only thread there is ends its work before it is said that there is no other.
            asked.pass()
            return false
        }
        let first = Task(executorPreference: executor) { gate.pass() }
        await gate.waitFor(1)
        let starter = Thread { Task(executorPreference: executor) { gate.pass() } }
        await asked.waitFor(1)
        gate.open.signal()
        await first.value
        executor.waitUntilIdle()
        asked.open.signal()
        await gate.waitFor(2)
        gate.open.signal()
        starter.wait()
    }
}

/// Counts.
private final class Counter: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .sequentiallyConsistent).newValue }
}

/// A thread of its own.
private final class Thread: Sendable {
    private let ended = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "test").async { [ended] in
            body()
            ended.signal()
        }
    }

    func wait() { ended.wait() }
}
