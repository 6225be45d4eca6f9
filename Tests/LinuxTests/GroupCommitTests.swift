import Core
@preconcurrency import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Linux

@Suite(.timeLimit(.minutes(1))) struct GroupCommitTests {
    private let temporary = TemporaryDirectory()
    private let directory: Directory

    init() throws { directory = try Directory(path: temporary.path) }

    /// Syncs that begin when they are let, and what was asked for when each began.
    private final class Gate: Sendable {
        let asked = Mutex(0)
        let coveredBySync = Mutex<[Int]>([])
        let begun = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        let failures = Mutex<[SystemError?]>([])

        var count: Int { coveredBySync.withLock(\.count) }

        @Sendable func sync(_: Directory) throws(SystemError) {
            let covered = asked.withLock { $0 }
            coveredBySync.withLock { $0.append(covered) }
            begun.signal()
            mayEnd.wait()
            if let error = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                throw error
            }
        }

        /// Not on the threads that run the tests' tasks.
        func waitForSync() async {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    self.begun.wait()
                    continuation.resume()
                }
            }
        }
    }

    /// Asks for a sync; `asked` counts those whose entries were there before they asked.
    /// On a thread of its own, for it blocks.
    private func ask(_ sync: GroupCommit, _ gate: Gate) -> Task<SystemError?, Never> {
        Task {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    gate.asked.withLock { $0 += 1 }
                    var failure: SystemError?
                    do throws(SystemError) { try sync.sync(directory) } catch { failure = error }
                    continuation.resume(returning: failure)
                }
            }
        }
    }

    @Test func whoAsksDuringASyncWaitsForTheNextAndSharesIt() async throws {
        let gate = Gate()
        let sync = GroupCommit(fsync: gate.sync)
        let first = ask(sync, gate)
        await gate.waitForSync()
        let others = (0..<20).map { _ in ask(sync, gate) }
        while sync.waiting(for: directory) < 20 { await Task.yield() }
        gate.mayEnd.signal()
        #expect(await first.value == nil)
        await gate.waitForSync()
        gate.mayEnd.signal()
        for other in others { #expect(await other.value == nil) }
        #expect(gate.coveredBySync.withLock { $0 } == [1, 21], "twenty share one sync")
    }

    @Test func aFailureReachesThoseItServedAndNoOthers() async throws {
        let gate = Gate()
        let error = SystemError("fsync", "it", errno: EIO)
        gate.failures.withLock { $0 = [error, nil] }
        let sync = GroupCommit(fsync: gate.sync)
        gate.mayEnd.signal()
        #expect(await ask(sync, gate).value == error)
        gate.mayEnd.signal()
        #expect(await ask(sync, gate).value == nil)
    }

    @Test func everyoneIsServedInAnyCrowd() async throws {
        let sync = GroupCommit()
        for name: FileName in ["a", "b", "c"] { try directory.make(name) }
        let directories = try ["a", "b", "c"].map { try directory.directory($0) }
        let served = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                let directory = directories[number % 3]
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            _ = try? directory.make(FileName("\(number)"))
                            continuation.resume(returning: (try? sync.sync(directory)) != nil)
                        }
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(served == 100)
    }
}
