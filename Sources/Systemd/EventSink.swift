import Core
import Glibc

/// Chooses where this process's events go.
public enum EventSink {
    /// The journal if standard error leads there, else standard error itself.
    ///
    /// The journal is no use to somebody who runs the daemon in a terminal or sends its output to
    /// a file, and an entry sent where no journal runs is lost without an error.
    ///
    /// Whoever records an event never waits for the reader of either.
    public static func standard(minimum: Event.Priority = .info) -> QueuedLog {
        QueuedLog(target(minimum: minimum))
    }

    /// What writes them.
    package static func target(minimum: Event.Priority) -> any DatedEventLog {
        let stream = getenv("JOURNAL_STREAM").flatMap { JournalStream(String(cString: $0)) }
        guard let stream, stream.isOpen(as: STDERR_FILENO) else {
            return StandardErrorLog(minimum: minimum)
        }
        return JournalLog(minimum: minimum)
    }
}
