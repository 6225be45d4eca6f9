import Core
import Linux

/// What the daemon knows and the directories do not show: `state/status.json`, for those who look at them.
///
/// It is a help for readers. Nothing is decided by it, and what it says of a file counts only as long as the
/// file is what it was.
public struct DaemonSnapshot: Hashable, Codable, Sendable {
    /// Why no job is claimed.
    public struct Closure: Hashable, Codable, Sendable {
        /// Why, in a sentence.
        public var reason: String
        /// A stable name for it: `disk_reserve`.
        public var code: String
        /// Since when.
        public var since: Timestamp

        /// Says so.
        public init(_ failure: Failure, since: Timestamp) {
            reason = failure.message
            code = failure.code
            self.since = since
        }
    }

    /// A file of the inbox that is not taken up.
    public struct File: Hashable, Codable, Sendable {
        /// Its name.
        public var name: String
        /// The time of its last change, in seconds since 1970, when that was found.
        public var changed: Double
        /// Since when it is so.
        public var since: Timestamp
        /// What keeps it, and what to do about it.
        public var reason: Obstacle

        /// Says so.
        public init(name: String, changed: Double, since: Timestamp, reason: Obstacle) {
            self.name = name
            self.changed = changed
            self.since = since
            self.reason = reason
        }
    }

    /// The layout of the file.
    public var format = 1
    /// Why no job is claimed; nil if jobs are.
    public var closure: Closure?
    /// Files of the inbox that are not taken up, by name: the first of them.
    public var files: [File] = []
    /// How many such files there are.
    public var fileCount = 0

    /// The files of the inbox whose turn is next, by name, in that order.
    public var next: [String]?
    /// How many jobs are worked on at a time.
    public var parallel: Int?
    /// How many steps are worked on at a time.
    public var slots: Int?
    /// The steps at work, by the sessions they belong to, and since when. A step that is on record as begun, and is not here,
    /// waits for its slot, or has begun since.
    public var working: [String: [String: Timestamp]]?
    /// Jobs that the spool itself keeps from going on, by their names in the inbox or their sessions, and why: the
    /// first of them.
    public var stuck: [String: Obstacle]?
    /// The session for which all other jobs wait, since daemons died while they worked on it.
    public var alone: SessionID?
    /// When all this was so.
    public var written: Timestamp?

    /// How many of those it names.
    public static let mostNext = 50
    /// How many files it names at most.
    public static let mostFiles = 500

    private static let name: FileName = "status.json"

    /// Nothing out of the ordinary.
    public init() {}

    /// Puts it where it is read, and says whether it is there. That it cannot be written, as when there is no
    /// room at all, keeps nobody from anything: the log has it too.
    public func write(in root: SpoolRoot) -> Bool {
        let subject = root[.state].subject(Self.name)
        guard let bytes = try? RecordFile.encode(self, subject: subject) else { return false }
        let written: Void? = try? root[.state].write(
            bytes, to: Self.name, by: "status.new", in: root[.state])
        return written != nil
    }

    /// What the daemon said last; nil if that cannot be read.
    public static func read(in root: SpoolRoot) -> DaemonSnapshot? {
        guard let file = try? root[.state].open(entry: name),
            let bytes = try? file.read(limit: RecordFile.limit)
        else { return nil }
        return try? RecordFile.decode(Self.self, from: bytes, subject: name.display)
    }
}
