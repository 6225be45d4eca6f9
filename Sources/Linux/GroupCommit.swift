import CLinux
import Dispatch
import Glibc
import Synchronization

/// Makes files and directories durable for all that ask while the commit before runs, together.
///
/// What a caller asks for is durable when its call returns: a commit that had already begun is not
/// enough, so it waits for the next. A directory that several ask for is synced once. Where there is much
/// to do for little, the whole file system is synced instead; see `CommitMethod`.
///
/// Its callers block, on threads that may. Who finds nobody at work does the work, and hands the
/// rest on to one of those that came meanwhile.
public final class GroupCommit: Sendable {
    /// A commit to come, and those it will serve.
    private final class Round: Sendable {
        /// Signalled once for each of those that wait: for the one that is to do the work, when its turn
        /// has come; for the others, when it is done.
        let turn = DispatchSemaphore(value: 0)
        let state = Mutex(State())

        struct State {
            var requests: [Commit] = []
            /// Why each failed, once it is done.
            var failures: [SystemError?]?
        }

        /// Adds a request; returns its number.
        func add(_ commit: Commit) -> Int {
            state.withLock { state in
                state.requests.append(commit)
                return state.requests.count - 1
            }
        }
    }

    private struct State {
        var isAtWork = false
        /// What those who come now join.
        var next: Round?
    }

    private let state = Mutex(State())
    private let calls: Calls

    /// The system calls, and what decides between them.
    struct Calls: Sendable {
        var syncFile: @Sendable (OpenFile) throws(SystemError) -> Void = {
            (file) throws(SystemError) in
            try file.sync()
        }
        var syncDirectory: @Sendable (Directory) throws(SystemError) -> Void = {
            (directory) throws(SystemError) in try directory.sync()
        }
        /// syncfs(2), of the file system a directory is on.
        var syncAll: @Sendable (Directory) throws(SystemError) -> Void = {
            (directory) throws(SystemError) in
            _ = try retryingInterrupts("syncfs", directory.path) { Int(syncfs(directory.number)) }
        }
        /// How many bytes the kernel has still to write, to any disk.
        var dirtyBytes: @Sendable () -> Int? = { DirtyMemory.bytes() }
    }

    /// The directory whose file system may be synced as a whole: it stays open, so that no failure to
    /// write goes unnoticed between two commits. See syncfs(2), "ERRORS".
    private let root: Directory?

    /// Makes commits on the file system of `root`.
    public convenience init(root: Directory? = nil) { self.init(root: root, calls: Calls()) }

    init(root: Directory?, calls: Calls) {
        self.root = root
        self.calls = calls
    }

    /// Returns when everything done to the directory's entries before the call is durable.
    public func sync(_ directory: Directory) throws(SystemError) {
        try perform(Commit(directories: [directory]))
    }

    /// Returns when everything in `commit` is durable.
    public func perform(_ commit: Commit) throws(SystemError) {
        guard !commit.files.isEmpty || !commit.directories.isEmpty else { return }
        let (round, number, isFirst) = state.withLock { state in
            let round = state.isAtWork ? state.next ?? Round() : Round()
            let number = round.add(commit)
            let isFirst = !state.isAtWork
            state.isAtWork = true
            if !isFirst { state.next = round }
            return (round, number, isFirst)
        }
        if !isFirst { round.turn.wait() }
        let failures = round.state.withLock { $0.failures } ?? lead(round)
        if let failure = failures[number] { throw failure }
    }

    /// How many wait for the next commit.
    var waiting: Int {
        state.withLock { $0.next?.state.withLock { $0.requests.count } ?? 0 }
    }

    /// Does the work of a round, and hands on.
    private func lead(_ round: Round) -> [SystemError?] {
        // Nobody joins it any more: it was taken off when its turn came.
        let requests = round.state.withLock { $0.requests }
        let failures = carryOut(requests)
        round.state.withLock { $0.failures = failures }
        for _ in 1..<max(1, requests.count) { round.turn.signal() }
        let next = state.withLock { state in
            let next = state.next
            state.next = nil
            state.isAtWork = next != nil
            return next
        }
        next?.turn.signal()
        return failures
    }

    /// Why each of the requests failed, or nil.
    private func carryOut(_ requests: [Commit]) -> [SystemError?] {
        var count = 0
        var directories: Set<FileStatus.Identity> = []
        for request in requests {
            count += request.files.count
            for directory in request.directories { directories.insert(directory.identity) }
        }
        count += directories.count
        if let root, directories.allSatisfy({ $0.device == root.identity.device }),
            CommitMethod(count: count, dirtyBytes: calls.dirtyBytes) == .whole,
            (try? calls.syncAll(root)) != nil
        {
            return Array(repeating: nil, count: requests.count)
        }
        // Also to find out whose it is that could not be written.
        var synced: [FileStatus.Identity: SystemError?] = [:]
        return requests.map { request in
            do throws(SystemError) {
                // Files come first: where a file system commits all that happened before, little is
                // left to do for the directories.
                for file in request.files { try calls.syncFile(file) }
                for directory in request.directories {
                    if let known = synced[directory.identity] {
                        if let known { throw known }
                        continue
                    }
                    do throws(SystemError) { try calls.syncDirectory(directory) } catch {
                        synced[directory.identity] = .some(error)
                        throw error
                    }
                    synced[directory.identity] = .some(nil)
                }
                return nil
            } catch {
                return error
            }
        }
    }
}
