import CSystemd
import Core

/// Writes events to the system's journal with all their fields, by sd_journal_sendv(3).
public struct JournalLog: EventLog {
    /// The least urgent priority that is written.
    public let minimum: Event.Priority
    private let fallback: StandardErrorLog

    /// Makes the log; use `EventSink` to choose between it and standard error.
    public init(minimum: Event.Priority = .info) {
        self.minimum = minimum
        fallback = StandardErrorLog(minimum: minimum)
    }

    /// Writes the event as one entry; on standard error if the journal refuses it.
    public func record(_ event: Event) {
        guard event.priority <= minimum else { return }
        var entry = JournalEntry(event)
        let result = entry.withVectors { sd_journal_sendv($0.baseAddress, Int32($0.count)) }
        if result < 0 { fallback.record(event) }
    }
}
