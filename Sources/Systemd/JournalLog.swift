import CSystemd
import Core

/// Writes events to the system's journal with all their fields, by sd_journal_sendv(3).
package struct JournalLog: DatedEventLog {
    /// The least urgent priority that is written.
    package let minimum: Event.Priority
    private let fallback: StandardErrorLog

    /// Makes the log; use `EventSink` to choose between it and standard error.
    package init(minimum: Event.Priority = .info) {
        self.minimum = minimum
        fallback = StandardErrorLog(minimum: minimum)
    }

    /// Writes the event as one entry; on standard error if the journal refuses it. The journal dates
    /// entries itself.
    package func record(_ event: Event, at time: Int) -> Bool {
        guard event.priority <= minimum else { return true }
        var entry = JournalEntry(event)
        let result = entry.withVectors { sd_journal_sendv($0.baseAddress, Int32($0.count)) }
        return result >= 0 || fallback.record(event, at: time)
    }
}
