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
}
