import Glibc
import Spool

/// The exit statuses of commands that tell what became of jobs; see reelctl(1).
enum Status {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    static let cancelled: Int32 = 2
    /// The job spec is wrong.
    static let rejected = EX_DATAERR
    /// There is no such job, or not any more.
    static let gone = EX_NOINPUT
    /// What was asked for makes no sense for a job that is where it is.
    static let impossible = EX_UNAVAILABLE
    /// It takes longer than one would wait.
    static let timeout = EX_TEMPFAIL
    static let refused = EX_NOPERM

    /// That of a job that has ended.
    static func of(_ end: JobTracker.End) -> Int32 {
        if end.isCancelled { return cancelled }
        return switch end.state {
        case .done: done
        case .rejected: rejected
        default: failed
        }
    }

    /// The one that says most about several: what is not known goes before what is bad.
    static func worst(_ all: [Int32]) -> Int32 {
        let order = [timeout, gone, refused, impossible, failed, rejected, cancelled]
        return order.first(where: all.contains) ?? done
    }
}
