import Core

/// What is kept of jobs that have ended, and for how long. By default all of it, for ever.
public struct RetentionPolicy: Hashable, Sendable {
    /// How long a session is kept after its end; nil for ever.
    public var age: Duration?
    /// How many sessions are kept, the newest; nil for all.
    public var count: Int?
    /// How many bytes the kept sessions may have, the newest first; nil for any number.
    public var bytes: Int?
    /// How long directories of a session are kept after its end, by their names. Those that are
    /// not named are kept as long as the session.
    public var directories: [String: Duration] = [:]
    /// How long the files in done/, failed/ and rejected/ are kept, with their receipts; nil for
    /// ever.
    public var jobFiles: Duration?

    /// The directories of a session that can go before it does: not what it was made for, and
    /// not its record.
    public static let droppable = Session.directories.filter {
        $0 != "final_output" && $0 != "metadata"
    }

    /// Keeps everything.
    public init() {}

    /// Whether any session is to go.
    var limitsSessions: Bool { age != nil || count != nil || bytes != nil }
}

/// Why something is not kept.
public enum RetentionReason: String, Hashable, Codable, Sendable {
    /// It ended too long ago.
    case age
    /// There are too many newer ones.
    case count
    /// The newer ones have all the bytes there are to be.
    case bytes
    /// An earlier removal was interrupted.
    case leftover
}

/// Something that was removed, or would be.
public struct RetentionItem: Hashable, Codable, Sendable {
    /// What kind of thing it was.
    public enum Kind: String, Hashable, Codable, Sendable {
        case session, directory
        case jobFile = "job_file"
    }

    /// What kind of thing it was.
    public var kind: Kind
    /// Where it was, relative to the root.
    public var place: String
    /// The job it belonged to, if that is known.
    public var job: String?
    /// The session it belonged to.
    public var session: SessionID?
    /// Why it went.
    public var reason: RetentionReason
    /// The bytes of its files.
    public var bytes: Int
}
