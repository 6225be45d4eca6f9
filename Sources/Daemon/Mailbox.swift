import Core
import Linux
import Resilience
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
    /// A file has left the inbox; its name may mean another one from now on. The job of this number
    /// works on the session it became, if it became one.
    case claimed(Int, FileName, SessionID?)
    /// The task of the job of this number has ended.
    case jobEnded(Int, JobRunner.Ending)
    /// A file was filed under `rejected/`, or could not be.
    case rejectionEnded(FileName, Failure?)
    /// The request in this file was carried out, or could not be. A session may be there to be taken
    /// up.
    case requestEnded(FileName, Result<SessionID?, Failure>)
    /// The breaker of a provider has changed its state.
    case breakerChanged(String, CircuitBreaker.State)
    /// A signal came.
    case signal(Int32)
    /// The time for running jobs to end is over.
    case drainTimeIsOver
    /// What `systemctl status` shows may have changed.
    case figuresChanged
}
