import Core
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// Has events written by a thread of its own, in the order they were recorded, so that whoever records
/// one never waits for who reads the log: a full pipe, a journal that does not answer.
///
/// What waits to be written is bounded. What comes beyond is lost, and counted: an event says how many
/// there were as soon as the reader goes on, in their place. So it is with what cannot be written, as to a full disk.
public final class QueuedLog: EventLog {
    /// How many bytes of events wait at most, about.
    private static let mostBytes = 4 << 20

    private struct Entry {
        var event: Event
        /// When it was recorded, in seconds since 1970.
        var time: Int
    }

    private struct State {
        /// Whether there is a thread: a machine may have none to give.
        var hasThread = true
        var waiting: [Entry] = []
        /// How much `waiting` holds.
        var bytes = 0
        /// How many were lost after the last that waits. Until that one is taken more are: they would
        /// come before those in the log.
        var lost = 0
        /// Whether the thread has some in hand.
        var isWriting = false
        /// Whether somebody waits for the end of all.
        var isAwaited = false
    }

    private let target: any DatedEventLog
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let idle = DispatchSemaphore(value: 0)

    /// Writes to `target`, which may take as long as it likes. Only on a machine that has no thread to
    /// give do those wait for it who record something.
    package init(_ target: any DatedEventLog) {
        self.target = target
        if !startThread() { state.withLock { $0.hasThread = false } }
    }

    /// Sees to it that the event is written, and returns at once.
    public func record(_ event: Event) {
        let isFirst = state.withLock { state -> Bool? in
            guard state.hasThread else { return nil }
            let size = Self.size(of: event)
            guard state.lost == 0, state.bytes + size <= Self.mostBytes else {
                state.lost += 1
                return false
            }
            // Here, so that the times in the log go up.
            state.waiting.append(Entry(event: event, time: Self.now))
            state.bytes += size
            return state.waiting.count == 1
        }
        switch isFirst {
        case true?: wake.signal()
        case false?: break
        case nil: _ = target.record(event, at: Self.now)
        }
    }

    /// Returns when all is written that was recorded before, or when this time is over: a reader that
    /// stalls keeps no process from its end.
    public func finish(within time: Duration) {
        let isIdle = state.withLock { state in
            state.isAwaited = state.isWriting || !state.waiting.isEmpty
            return !state.isAwaited
        }
        guard !isIdle else { return }
        let milliseconds = time / .milliseconds(1)
        _ = idle.wait(timeout: .now() + .milliseconds(Int(milliseconds)))
    }

    /// Takes what waits, and what is to be said of those that do not.
    private func take() -> [Entry] {
        state.withLock { state in
            var batch = state.waiting
            if state.lost > 0 {
                batch.append(Entry(event: Self.loss(of: state.lost), time: Self.now))
            }
            (state.waiting, state.bytes, state.lost) = ([], 0, 0)
            state.isWriting = !batch.isEmpty
            if batch.isEmpty, state.isAwaited {
                state.isAwaited = false
                idle.signal()
            }
            return batch
        }
    }

    private func write() {
        pthread_setname_np(pthread_self(), "reeld-log")
        var unwritten = 0
        while true {
            let batch = take()
            if batch.isEmpty { wake.wait() }
            for entry in batch { write(entry, unwritten: &unwritten) }
        }
    }

    /// Writes an event, and before it how many could not be written since the last that was.
    private func write(_ entry: Entry, unwritten: inout Int) {
        if unwritten > 0 {
            guard target.record(Self.failure(of: unwritten), at: Self.now) else {
                unwritten += 1
                return
            }
            unwritten = 0
        }
        if !target.record(entry.event, at: entry.time) { unwritten += 1 }
    }

    private static func failure(of count: Int) -> Event {
        let what = count == 1 ? "1 message" : "\(count) messages"
        return Event(.messagesLost, "\(what) could not be written to the log.")
    }

    private static func loss(of count: Int) -> Event {
        let what = count == 1 ? "1 message was" : "\(count) messages were"
        return Event(.messagesLost, "\(what) lost while the log's reader stalled.")
    }

    private static func size(of event: Event) -> Int {
        event.fields.values.reduce(256 + event.message.utf8.count) { $0 + $1.utf8.count }
    }

    private static var now: Int { Glibc.time(nil) }

    /// Starts the thread; says whether there was one to be had. All signals are blocked in it: they are for those who wait for them.
    private func startThread() -> Bool {
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let log = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer {
                    Unmanaged<QueuedLog>.fromOpaque(pointer).takeRetainedValue().write()
                }
                return nil
            }, log.toOpaque())
        if result == 0 { pthread_detach(thread) } else { log.release() }
        return result == 0
    }
}

/// Writes events for a `QueuedLog`, and waits for the reader as long as that takes.
package protocol DatedEventLog: Sendable {
    /// Writes an event that was recorded at this time, in seconds since 1970; false if that failed.
    func record(_ event: Event, at time: Int) -> Bool
}
