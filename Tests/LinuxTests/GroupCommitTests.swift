import Core
@preconcurrency import Dispatch
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Linux

@Suite struct GroupCommitTests {
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

        /// What syncs directories by it.
        var calls: GroupCommit.Calls {
            var calls = GroupCommit.Calls()
            calls.syncDirectory = { (directory) throws(SystemError) in try self.sync(directory) }
            return calls
        }

        private func sync(_: Directory) throws(SystemError) {
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
        let sync = GroupCommit(root: nil, calls: gate.calls)
        let first = ask(sync, gate)
        await gate.waitForSync()
        let others = (0..<20).map { _ in ask(sync, gate) }
        while sync.waiting < 20 { await Task.yield() }
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
        let sync = GroupCommit(root: nil, calls: gate.calls)
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

    /// Counts the calls, and lets those fail that are to.
    private final class Disk: Sendable {
        struct State {
            var files = 0
            var directories: [FileStatus.Identity] = []
            var whole = 0
            var dirty: Int? = 0
            var wholeFails = false
            var failing: FileStatus.Identity?
        }
        let state = Mutex(State())

        var calls: GroupCommit.Calls {
            var calls = GroupCommit.Calls()
            calls.syncFile = { (_) throws(SystemError) in self.state.withLock { $0.files += 1 } }
            calls.syncDirectory = { (directory) throws(SystemError) in
                let fails = self.state.withLock { state in
                    state.directories.append(directory.identity)
                    return state.failing == directory.identity
                }
                if fails { throw SystemError("fsync", directory.path, errno: EIO) }
            }
            calls.syncAll = { (directory) throws(SystemError) in
                let fails = self.state.withLock { state in
                    state.whole += 1
                    return state.wholeFails
                }
                if fails { throw SystemError("syncfs", directory.path, errno: EIO) }
            }
            calls.dirtyBytes = { self.state.withLock { $0.dirty } }
            return calls
        }
    }

    private func directories(_ count: Int) throws -> [Directory] {
        try (0..<count).map { number in
            try directory.make(FileName("\(number)"))
            return try directory.directory("\(number)")
        }
    }

    @Test func aDirectoryThatSeveralAskForIsSyncedOnce() throws {
        let disk = Disk()
        let commit = GroupCommit(root: directory, calls: disk.calls)
        try commit.perform(Commit(directories: [directory, directory, try directories(1)[0]]))
        #expect(disk.state.withLock { $0.directories.count } == 2)
    }

    @Test func aGroupIsMadeDurableByOneCallUnlessOthersHaveMuchToWrite() throws {
        let many = try directories(CommitMethod.smallestGroup)
        for (dirty, count, whole) in [
            (0, many.count, 1), (CommitMethod.mostDirty, many.count, 1), (0, many.count - 1, 0),
            (CommitMethod.mostDirty + 1, many.count, 0), (nil, many.count, 0),
        ] as [(Int?, Int, Int)] {
            let disk = Disk()
            disk.state.withLock { $0.dirty = dirty }
            try GroupCommit(root: directory, calls: disk.calls)
                .perform(Commit(directories: Array(many.prefix(count))))
            let state = disk.state.withLock { $0 }
            #expect(state.whole == whole, "\(dirty ?? -1), \(count)")
            #expect(state.directories.count == (whole == 1 ? 0 : count))
        }
        let disk = Disk()
        try GroupCommit(root: nil, calls: disk.calls).perform(Commit(directories: many))
        #expect(disk.state.withLock { $0.whole } == 0, "no file system was named")
    }

    @Test func whatCannotBeWrittenIsFoundAndOnlyItsOwnerIsTold() async throws {
        let many = try directories(CommitMethod.smallestGroup + 1)
        let disk = Disk()
        disk.state.withLock { state in
            state.wholeFails = true
            state.failing = many[0].identity
        }
        let commit = GroupCommit(root: directory, calls: disk.calls)
        #expect(throws: SystemError.self) { try commit.perform(Commit(directories: many)) }
        try commit.perform(Commit(directories: Array(many.dropFirst())))
        #expect(disk.state.withLock { $0.whole } == 2)
    }

    @Test func theRealCallsSyncAWholeFileSystem() throws {
        var calls = GroupCommit.Calls()
        calls.dirtyBytes = { 0 }
        calls.syncDirectory = { (directory) throws(SystemError) in
            throw SystemError("fsync", directory.path, errno: EIO)
        }
        let many = try directories(CommitMethod.smallestGroup)
        try GroupCommit(root: directory, calls: calls).perform(Commit(directories: many))
        #expect((DirtyMemory.bytes() ?? -1) >= 0)
        #expect(
            DirtyMemory.sum(of: "MemFree: 7 kB\nDirty:   12 kB\nWriteback: 3 kB\n".utf8) == 15360)
        #expect(DirtyMemory.sum(of: "WritebackTmp: 5 kB\nDirty: 1 kB\n".utf8) == nil)
    }
}
