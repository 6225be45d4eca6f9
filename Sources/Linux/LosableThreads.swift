import Synchronization

/// Makes calls that may never return, such as those to a file server that does not answer, on threads
/// that are given up when they are silent for too long.
///
/// A system call that hangs in the kernel cannot be taken back, so such a thread is lost until the
/// call returns after all. There is one for each place at most, and so many in all: while a call
/// hangs, others about the same place are not made.
public final class LosableThreads: Sendable {
    /// The one for the whole process.
    public static let shared = LosableThreads(most: 16)

    /// How a call ended.
    public enum Ending<R: Sendable>: Sendable {
        case returned(R)
        /// Nothing was heard of it for so long.
        case silent
        /// It was not made: an earlier one about the place still hangs, or as many as may.
        case refused
        /// The task was cancelled, or no thread is to be had.
        case cancelled, noThread
    }

    /// By what a call says that it gets on.
    public struct Pulse: Sendable {
        fileprivate let last = Moment()

        /// The time allowed begins anew.
        public func beat() { last.value.withLock { $0 = .now } }
    }

    fileprivate final class Moment: Sendable {
        let value = Mutex(ContinuousClock.now)
    }

    private let most: Int
    /// How many threads are lost, by the places they were about.
    private let lost = Mutex<[String: Int]>([:])

    /// Loses no more than `most` threads, and those that were at work when the last of them was lost.
    init(most: Int) { self.most = most }

    /// How many threads are lost now.
    var countOfLost: Int { lost.withLock { $0.values.reduce(0, +) } }

    /// Runs `body`, which may block for ever, and returns when it has returned, when it has not beaten
    /// its pulse for `patience`, or when the task is cancelled.
    public func run<R: Sendable>(
        about place: String, patience: Duration, _ body: @escaping @Sendable (Pulse) -> R
    ) async -> Ending<R> {
        let mayBegin = lost.withLock { lost in
            lost[place] == nil && lost.values.reduce(0, +) < most
        }
        guard mayBegin else { return .refused }
        let call = Call<R>()
        let pulse = Pulse()
        let watch = Task {
            while true {
                let deadline = pulse.last.value.withLock { $0 } + patience
                if deadline <= .now { return self.giveUp(call, about: place, .silent) }
                do { try await Task.sleep(until: deadline) } catch { return }
            }
        }
        defer { watch.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.wait(continuation)
                let isStarted = DetachedThread.start {
                    let result = body(pulse)
                    if !call.end(.returned(result)) { self.found(place) }
                }
                if !isStarted, !call.end(.noThread) { self.found(place) }
            }
        } onCancel: {
            giveUp(call, about: place, .cancelled)
        }
    }

    private func giveUp<R>(_ call: Call<R>, about place: String, _ ending: Ending<R>) {
        // Under the lock, so that it is counted before its thread, should it end now, is found.
        lost.withLock { lost in
            if call.end(ending) { lost[place, default: 0] += 1 }
        }
    }

    /// A thread that was lost has come back.
    private func found(_ place: String) {
        lost.withLock { lost in
            let left = (lost[place] ?? 0) - 1
            lost[place] = left > 0 ? left : nil
        }
    }

    /// One call, which ends once.
    private final class Call<R: Sendable>: Sendable {
        private enum State {
            case new
            case waiting(CheckedContinuation<Ending<R>, Never>)
            case ended(Ending<R>)
        }

        private let state = Mutex(State.new)

        func wait(_ continuation: CheckedContinuation<Ending<R>, Never>) {
            let ending = state.withLock { state -> Ending<R>? in
                if case .ended(let ending) = state { return ending }
                state = .waiting(continuation)
                return nil
            }
            if let ending { continuation.resume(returning: ending) }
        }

        /// Whether this is the end, and not one that comes too late.
        func end(_ ending: Ending<R>) -> Bool {
            let (isFirst, waiting) = state.withLock {
                state -> (Bool, CheckedContinuation<Ending<R>, Never>?) in
                let before = state
                if case .ended = before { return (false, nil) }
                state = .ended(ending)
                if case .waiting(let continuation) = before { return (true, continuation) }
                return (true, nil)
            }
            waiting?.resume(returning: ending)
            return isFirst
        }
    }
}
