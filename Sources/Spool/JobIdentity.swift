import Core
import Glibc
import Linux

/// The ids that jobs give themselves: of two files with the same id, one is made.
///
/// `state/ids/HASH` names the session that has an id. It is only a hint where to look: what counts
/// is what became of that session. So an entry that a crash left behind keeps nobody out, and one
/// that names the very session that asks is its own.
public struct JobIdentity: Sendable {
    /// Who has an id.
    struct Entry: Codable, Hashable {
        var format = 1
        /// The id, as the job spec has it.
        var id: String
        /// The session that has it.
        var session: SessionID
        /// The name of that session's dropped file.
        var job: String
    }

    /// A job that has an id, so that no other may have it.
    struct Holder: Hashable {
        var entry: Entry
        /// active, deferred, held or done.
        var state: SpoolDirectory
        /// When it was done, if it is.
        var finished: Timestamp?
    }

    static let directoryName: FileName = "ids"

    private let root: SpoolRoot
    /// How long the id of a job that is done is not to be had.
    private let window: Duration

    /// Keeps the ids of the jobs under `root`; a job keeps its id for `window` after it is done.
    public init(root: SpoolRoot, window: Duration) {
        self.root = root
        self.window = window
    }

    /// Gives `id` to a session whose file is claimed, unless another job has it. Returns what is
    /// to be said of this one then. What was given is durable. Taking it again changes nothing.
    public func take(
        _ id: String, for session: SessionID, job: String, at now: Timestamp
    ) throws(Failure) -> Failure? {
        try converting("keep the id of \(job):") {
            let wanted = Entry(id: id, session: session, job: job)
            let ids = try directory()
            // Between the look and the entry nobody else may look: one of two files that were
            // dropped in the same instant has to see the other.
            let holder: Holder? = try ids.exclusively {
                if try entry(Self.name(of: id), in: ids) == wanted { return nil }
                if let holder = try self.holder(of: id, in: ids, besides: session, at: now) {
                    return holder
                }
                try ids.write(
                    RecordFile.encode(wanted, subject: "the id of \(job)"), to: Self.name(of: id),
                    by: FileName("id-\(session).new"), in: root[.state])
                return nil
            }
            if let holder { return Self.refusal(of: job, id: id, because: holder) }
            try root.sync.sync(ids)
            return nil
        }
    }

    /// Removes the entries that keep nobody out any more. Returns how many.
    public func removeStale(
        at now: Timestamp, pause: (Int) async throws -> Void
    ) async throws(Failure) -> Int {
        try await converting("tidy the ids of \(root.path):") {
            guard try root[.state].contains(Self.directoryName) else { return 0 }
            let ids = try root[.state].directory(Self.directoryName.display)
            var removed = 0
            for (number, name) in try ids.entries().enumerated() {
                try await pause(number)
                // An entry that is younger than the window is needed, or will be looked at later.
                guard let status = try ids.status(name),
                    now.since(Timestamp(secondsSince1970: status.modified)) >= window
                else { continue }
                removed += try ids.exclusively {
                    let entry = try self.entry(name, in: ids)
                    let isNeeded =
                        try entry.map { try self.state(of: $0, at: now) != nil } ?? false
                    return try !isNeeded && ids.remove(name) ? 1 : 0
                }
            }
            return removed
        }
    }

    /// The session on record as having the id, whatever became of it.
    func session(having id: String) throws -> SessionID? {
        guard try root[.state].contains(Self.directoryName) else { return nil }
        let ids = try root[.state].directory(Self.directoryName.display)
        return try entry(Self.name(of: id), in: ids)?.session
    }

    private func directory() throws -> Directory {
        if try root[.state].make(Self.directoryName) { try root[.state].sync() }
        return try root[.state].directory(Self.directoryName.display)
    }

    private func holder(
        of id: String, in ids: Directory, besides session: SessionID, at now: Timestamp
    ) throws -> Holder? {
        guard let entry = try entry(Self.name(of: id), in: ids), entry.session != session else {
            return nil
        }
        return try state(of: entry, at: now)
    }

    /// What an entry says; nil if there is none, or none that can be read.
    private func entry(_ name: FileName, in ids: Directory) throws -> Entry? {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try ids.open(entry: name).read(limit: RecordFile.limit)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
        guard let entry = try? RecordFile.decode(Entry.self, from: bytes, subject: name.display),
            Self.name(of: entry.id) == name
        else { return nil }
        return entry
    }

    /// What keeps the entry's id from others, by what the directories say; nil if nothing does.
    private func state(of entry: Entry, at now: Timestamp) throws -> Holder? {
        // First where its file is, then how it ended: an outcome is on record before the file goes.
        let place = try root.whereabouts(of: entry.session)
        let record: SessionRecord?
        do throws(Failure) { record = try root.record(of: entry.session) } catch {
            guard error.kind == .permanent else { throw error }
            record = nil
        }
        guard let outcome = record?.outcome else {
            return place.map { Holder(entry: entry, state: $0) }
        }
        guard outcome.state == .done, now.since(outcome.finished) < window else { return nil }
        return Holder(entry: entry, state: .done, finished: outcome.finished)
    }

    private static func name(of id: String) -> FileName {
        var hash = SHA256()
        hash.update(Array(id.utf8))
        return FileName(hash.finalizeHexadecimal())
    }

    private static func refusal(of job: String, id: String, because holder: Holder) -> Failure {
        let since = holder.finished.map { " since \($0)" } ?? ""
        return Failure(
            .permanent, code: "duplicate", operation: "accept", subject: job,
            cause:
                "the job '\(holder.entry.job)' (\(holder.entry.session)) has the same id, '\(id)', and is \(holder.state.rawValue)\(since)",
            hint: "Give it another id if it is to be made all the same")
    }
}
