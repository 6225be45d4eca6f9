import Core
import Synchronization

/// Keeps the events it is given.
public final class RecordingLog: EventLog {
    private let recorded = Mutex<[Event]>([])

    /// Makes an empty log.
    public init() {}

    /// All events so far.
    public var events: [Event] { recorded.withLock { $0 } }

    /// The events of one kind.
    public func events(_ kind: EventKind) -> [Event] { events.filter { $0.kind == kind } }

    /// Keeps the event.
    public func record(_ event: Event) { recorded.withLock { $0.append(event) } }
}
