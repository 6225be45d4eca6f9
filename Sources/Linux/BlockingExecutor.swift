@preconcurrency import Dispatch
import Glibc
import Synchronization

/// Runs tasks on threads that may block in system calls, away from the few threads that the
/// rest of the program's tasks share. Tasks that touch files prefer it.
///
/// There are as many threads as had to block at once until now, up to a limit; they do not end, so
/// that the children they start keep their parent. Whichever was last at work goes on first.
public final class BlockingExecutor: TaskExecutor {
    /// The jobs' own: nothing else comes between them and their threads.
    public static let shared = BlockingExecutor(most: 32)

    /// A thread that waits for something to do.
    private final class Worker: Sendable {
        let wake = DispatchSemaphore(value: 0)
        let job: Mutex<UnownedJob?>

        init(_ job: UnownedJob) { self.job = Mutex(job) }
    }

    private struct State {
        /// How many threads there may be.
        var most: Int
        /// Jobs no thread is free for, the first to come first; those before `next` are taken.
        var ready: [UnownedJob] = []
        var next = 0
        var idle: [Worker] = []
        /// How many there are, and how many of them are only about to be started.
        var threads = 0
        var starting = 0

        mutating func takeReady() -> UnownedJob? {
            guard next < ready.count else { return nil }
            defer { if next == ready.count { (ready, next) = ([], 0) } }
            next += 1
            return ready[next - 1]
        }
    }

    private let state: Mutex<State>
    private let mayStart: @Sendable () -> Bool

    /// Makes one with so many threads at most, not counting those that were lent out. A machine that
    /// has no thread to give is one where `mayStart` says no.
    public init(most: Int, mayStart: @escaping @Sendable () -> Bool = { true }) {
        state = Mutex(State(most: most))
        self.mayStart = mayStart
    }

    /// Returns when every thread waits for something to do.
    func waitUntilIdle() {
        while state.withLock({ $0.idle.count < $0.threads - $0.starting }) { sched_yield() }
    }

    /// Runs `body`, which may block for as long as a program runs, in place of a task's next piece.
    /// Whoever wants to run meanwhile gets another thread.
    func lend<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withTaskExecutorPreference(self) {
            let waiting = state.withLock { state in
                state.most += 1
                return state.takeReady()
            }
            defer { state.withLock { $0.most -= 1 } }
            if let waiting { serve(waiting) }
            return body()
        }
    }

    /// Runs one piece of a task.
    public func enqueue(_ job: consuming ExecutorJob) { serve(UnownedJob(job)) }

    private func serve(_ job: UnownedJob) {
        let (woken, isNew) = state.withLock { state -> (Worker?, Bool) in
            if let worker = state.idle.popLast() { return (worker, false) }
            if state.threads < state.most {
                state.threads += 1
                state.starting += 1
                return (nil, true)
            }
            state.ready.append(job)
            return (nil, false)
        }
        if let woken { give(job, to: woken) }
        guard isNew else { return }
        let isStarted = mayStart() && startThread(for: Worker(job))
        state.withLock { $0.starting -= 1 }
        if !isStarted { serveByOthers(job) }
    }

    private func give(_ job: UnownedJob, to worker: Worker) {
        worker.job.withLock { $0 = job }
        worker.wake.signal()
    }

    /// Leaves a job to the threads there are. One of them may have run out of work since it was found
    /// that none was free, and would sleep on.
    private func serveByOthers(_ job: UnownedJob) {
        let (idle, isAlone) = state.withLock { state -> (Worker?, Bool) in
            state.threads -= 1
            if let worker = state.idle.popLast() { return (worker, false) }
            state.ready.append(job)
            return (nil, state.threads == 0)
        }
        if let idle { give(job, to: idle) }
        // Nobody would ever come to it.
        if isAlone { DispatchQueue.global().async { self.runReady() } }
    }

    private func startThread(for worker: Worker) -> Bool {
        DetachedThread.start { self.serve(as: worker) }
    }

    private func serve(as worker: Worker) {
        while true {
            if let job = worker.job.withLock({ $0.take() }) { run(job) }
            let job = state.withLock { state in
                let job = state.takeReady()
                if job == nil { state.idle.append(worker) }
                return job
            }
            guard let job else {
                worker.wake.wait()
                continue
            }
            run(job)
        }
    }

    private func runReady() {
        while let job = state.withLock({ $0.takeReady() }) { run(job) }
    }

    private func run(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }
}
