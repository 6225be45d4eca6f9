/// One thing that happened, as it goes to the journal or to standard error.
///
/// The message is a sentence; what a program may want to filter by is in `fields`.
public struct Event: Hashable, Sendable {
    /// Severity, as in syslog(3).
    public enum Priority: Int, Sendable, Comparable {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7

        /// Orders by urgency: an error comes before a warning.
        public static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
    }

    /// The journal's names for what an event is about. See `docs/design.md`.
    public enum Field: String, Sendable, CaseIterable {
        case session = "REELD_SESSION"
        case job = "REELD_JOB"
        case step = "REELD_STEP"
        case provider = "REELD_PROVIDER"
        case attempt = "REELD_ATTEMPT"
        case state = "REELD_STATE"
        case error = "REELD_ERROR"
        case duration = "REELD_DURATION_USEC"
    }

    /// What kind of thing happened; gives the record its MESSAGE_ID.
    public var kind: EventKind
    /// How urgent it is; by default what the kind says.
    public var priority: Priority
    /// What happened, as a sentence.
    public var message: String
    /// What it is about.
    public var fields: [Field: String]

    /// Makes an event; `priority` is the kind's own unless given.
    public init(
        _ kind: EventKind, _ message: String, _ fields: [Field: String] = [:],
        priority: Priority? = nil
    ) {
        self.kind = kind
        self.priority = priority ?? kind.priority
        self.message = message
        self.fields = fields
    }
}

/// Where events go. Recording never fails; a daemon's log never waits for who reads it.
public protocol EventLog: Sendable {
    /// Writes one event.
    func record(_ event: Event)
}
