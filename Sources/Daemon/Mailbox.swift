import Core
import Linux
import Spool

/// What the supervisor is told.
enum Message: Sendable {
    /// The inbox may have changed.
    case hint(DirectoryWatch.Hint)
    /// Something was mounted or unmounted.
    case mountsChanged
    /// Something is due.
    case alarm
    /// There is more to look at.
    case goOn
    /// A file has left the inbox; its name may mean another one from now on.
    case claimed(FileName)
    /// The task of the job of this number has ended.
    case jobEnded(Int, JobRunner.Ending)
    /// A file was filed under `rejected/`, or could not be.
    case rejectionEnded(FileName, Failure?)
    /// A signal came.
    case signal(Int32)
    /// The time for running jobs to end is over.
    case drainTimeIsOver
    /// What `systemctl status` shows may have changed.
    case figuresChanged
}
