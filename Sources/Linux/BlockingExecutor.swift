@preconcurrency import Dispatch
import Glibc
import Synchronization

/// Runs tasks on threads that may block in system calls, away from the few threads that the
/// rest of the program's tasks share. Tasks that touch files prefer it.
///
/// There are as many threads as had to block at once until now, up to a limit; they do not end, so
/// that the children they start keep their parent. Whichever was last at work goes on first.
public final class BlockingExecutor: TaskExecutor {
    /// The one for the whole process.
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
        var threads = 0

        mutating func takeReady() -> UnownedJob? {
            guard next < ready.count else { return nil }
            defer { if next == ready.count { (ready, next) = ([], 0) } }
            next += 1
            return ready[next - 1]
        }
    }

    private let state: Mutex<State>

    /// Makes one with so many threads at most, not counting those that were lent out.
    init(most: Int) { state = Mutex(State(most: most)) }

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
                return (nil, true)
            }
            state.ready.append(job)
            return (nil, false)
        }
        if let woken {
            woken.job.withLock { $0 = job }
            woken.wake.signal()
        } else if isNew, !start(Worker(job)) {
            let isAlone = state.withLock { state in
                state.threads -= 1
                state.ready.append(job)
                return state.threads == 0
            }
            // Nobody would ever come to it.
            if isAlone { DispatchQueue.global().async { self.runReady() } }
        }
    }

    /// Starts a worker's thread; false if the machine has none to give. All signals are blocked in it:
    /// they are for those who wait for them.
    private func start(_ worker: Worker) -> Bool {
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(executor: self, worker: worker))
        let result = pthread_create(
            &thread, &attributes,
            { pointer in
                guard let pointer else { return nil }
                let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
                work.executor.serve(as: work.worker)
                return nil
            }, work.toOpaque())
        if result != 0 { work.release() }
        return result == 0
    }

    /// What a new thread is given.
    private final class Work: Sendable {
        let executor: BlockingExecutor
        let worker: Worker

        init(executor: BlockingExecutor, worker: Worker) {
            self.executor = executor
            self.worker = worker
        }
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
