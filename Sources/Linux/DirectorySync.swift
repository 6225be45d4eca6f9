@preconcurrency import Dispatch

/// Makes directories durable, one fsync for all that asked while the one before it ran.
///
/// A caller's entries are durable when its `sync` returns: a sync that had already started is not
/// enough, so it waits for the next. Under load this is one fsync per directory and disk turn,
/// not one per job.
public actor DirectorySync {
    private struct Pending {
        var running = false
        var waiting: [CheckedContinuation<SystemError?, Never>] = []
    }

    private var pending: [FileStatus.Identity: Pending] = [:]
    private let queue = DispatchQueue(label: "reeld.sync", attributes: .concurrent)

    private let perform: @Sendable (Directory) throws(SystemError) -> Void

    /// Makes a sharer of syncs.
    public init() { self.init { (directory) throws(SystemError) in try directory.sync() } }

    /// The same with another way to sync.
    init(perform: @escaping @Sendable (Directory) throws(SystemError) -> Void) {
        self.perform = perform
    }

    /// Returns when everything done to the directory's entries before the call is durable.
    public func sync(_ directory: Directory) async throws(SystemError) {
        let failure = await withCheckedContinuation { continuation in
            pending[directory.identity, default: Pending()].waiting.append(continuation)
            startIfIdle(directory)
        }
        if let failure { throw failure }
    }

    private func startIfIdle(_ directory: Directory) {
        guard var state = pending[directory.identity], !state.running else { return }
        guard !state.waiting.isEmpty else {
            pending[directory.identity] = nil
            return
        }
        let served = state.waiting
        state.waiting = []
        state.running = true
        pending[directory.identity] = state
        queue.async { [perform] in
            var failure: SystemError?
            do throws(SystemError) { try perform(directory) } catch { failure = error }
            for continuation in served { continuation.resume(returning: failure) }
            Task { await self.finished(directory) }
        }
    }

    private func finished(_ directory: Directory) {
        pending[directory.identity]?.running = false
        startIfIdle(directory)
    }
}
