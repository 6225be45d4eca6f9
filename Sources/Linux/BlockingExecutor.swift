@preconcurrency import Dispatch

/// Runs tasks on threads that may block in system calls, away from the few threads that the
/// rest of the program's tasks share. Tasks that touch files prefer it.
public final class BlockingExecutor: TaskExecutor {
    /// The one for the whole process.
    public static let shared = BlockingExecutor()

    private let queue = DispatchQueue(label: "reeld.blocking", attributes: .concurrent)

    private init() {}

    /// Runs one piece of a task.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
