import Dispatch
import Glibc
import Synchronization

/// Makes directories durable, one fsync for all that asked while the one before it ran.
///
/// A caller's entries are durable when its `sync` returns: a sync that had already started is not
/// enough, so it waits for the next. Under load this is one fsync per directory and disk turn,
/// not one per job.
///
/// Its callers block, on threads that may. Who finds nobody at work does the work, and hands the
/// rest on to one of those that came meanwhile.
public final class DirectorySync: Sendable {
    /// One sync to come, and those it will serve.
    private final class Round: Sendable {
        /// Signalled once for each of those that wait: for the one that is to do it, when its turn
        /// has come; for the others, when it is done.
        let turn = DispatchSemaphore(value: 0)
        let state = Mutex(State())

        struct State {
            var waiting = 0
            var failure: SystemError?
            var isDone = false
        }
    }

    /// What is going on with one directory.
    private struct Work {
        /// The round that those who come now join; nil while nobody waits.
        var next: Round?
    }

    private let works = Mutex<[FileStatus.Identity: Work]>([:])
    private let fsync: @Sendable (Directory) throws(SystemError) -> Void

    /// Makes a sharer of syncs.
    public convenience init() {
        self.init { (directory) throws(SystemError) in try directory.sync() }
    }

    /// The same with another way to sync.
    init(fsync: @escaping @Sendable (Directory) throws(SystemError) -> Void) {
        self.fsync = fsync
    }

    /// Returns when everything done to the directory's entries before the call is durable.
    public func sync(_ directory: Directory) throws(SystemError) {
        let key = directory.identity
        // Nil: nobody is at work here, and this caller is.
        let joined: Round? = works.withLock { works in
            guard works[key] != nil else {
                works[key] = Work()
                return nil
            }
            let joined = works[key]?.next ?? Round()
            works[key]?.next = joined
            joined.state.withLock { $0.waiting += 1 }
            return joined
        }
        guard let joined else { return try lead(directory, nil) }
        joined.turn.wait()
        let (isDone, failure) = joined.state.withLock { state in
            state.waiting -= 1
            return (state.isDone, state.failure)
        }
        guard isDone else { return try lead(directory, joined) }
        if let failure { throw failure }
    }

    /// How many wait for the next sync of a directory.
    func waiting(for directory: Directory) -> Int {
        works.withLock { works in
            works[directory.identity]?.next?.state.withLock { $0.waiting } ?? 0
        }
    }

    /// Syncs for oneself and the others of a round, and hands on.
    private func lead(_ directory: Directory, _ round: Round?) throws(SystemError) {
        var failure: SystemError?
        do throws(SystemError) { try fsync(directory) } catch { failure = error }
        if let round {
            let others = round.state.withLock { state in
                state.isDone = true
                state.failure = failure
                return state.waiting
            }
            for _ in 0..<others { round.turn.signal() }
        }
        let next = works.withLock { works in
            let next = works[directory.identity]?.next
            works[directory.identity] = next == nil ? nil : Work()
            return next
        }
        next?.turn.signal()
        if let failure { throw failure }
    }
}
