import Core
import Glibc
import Linux

/// The ids that users give their jobs: of two files of one user with the same id, one is made.
///
/// `state/ids/HASH.USER` names the session that has an id. It is only a hint where to look: what counts
/// is what became of that session. So an entry that a crash left behind keeps nobody out, and one
/// that names the very session that asks is its own. Another user's id is his own business: nobody can
/// keep others from theirs.
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
        /// Whose job it is; nil in an entry of the time when ids were everybody's.
        var owner: UInt32?

        /// The name of its file.
        var name: FileName { JobIdentity.name(of: id, of: owner) }
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

    /// Gives `id` to a session whose file `owner` dropped and which is claimed, unless another job of
    /// theirs has it. Returns what is to be said of this one then. What was given is durable. Taking it
    /// again changes nothing.
    public func take(
        _ id: String, of owner: UInt32?, for session: SessionID, job: String, at now: Timestamp
    ) throws(Failure) -> Failure? {
        try converting("keep the id of \(job):") {
            let wanted = Entry(id: id, session: session, job: job, owner: owner)
            let ids = try directory()
            // Between the look and the entry nobody else may look: one of two files that were
            // dropped in the same instant has to see the other.
            let holder: Holder? = try ids.exclusively {
                if try entry(wanted.name, in: ids) == wanted { return nil }
                for entry in try entries(of: id, of: owner, in: ids) where entry.session != session
                {
                    if let holder = try self.state(of: entry, at: now) { return holder }
                }
                try ids.write(
                    RecordFile.encode(wanted, subject: "the id of \(job)"), to: wanted.name,
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

    /// Whether the session is on record as having the id, whatever became of it.
    func isHeld(_ id: String, of owner: UInt32?, by session: SessionID) throws -> Bool {
        guard try root[.state].contains(Self.directoryName) else { return false }
        let ids = try root[.state].directory(Self.directoryName.display)
        return try entries(of: id, of: owner, in: ids).contains { $0.session == session }
    }

    /// Whether a job of this user has an id, so that no other of theirs may have it.
    public func isTaken(_ id: String, of owner: UInt32, at now: Timestamp) throws(Failure) -> Bool {
        try converting("look for the id '\(id)':") {
            guard let ids = try? root[.state].directory(Self.directoryName.display) else {
                return false
            }
            return try entries(of: id, of: owner, in: ids).contains {
                try state(of: $0, at: now) != nil
            }
        }
    }

    /// The sessions that are on record as having an id, of whichever user.
    public func sessions(of id: String) throws(Failure) -> [SessionID] {
        try converting("look for the id '\(id)':") {
            guard try root[.state].contains(Self.directoryName) else { return [] }
            let ids = try root[.state].directory(Self.directoryName.display)
            let stem = Self.name(of: id, of: nil)
            return try ids.entries()
                .filter { $0 == stem || $0.bytes.starts(with: stem.bytes + [UInt8(ascii: ".")]) }
                .compactMap { try entry($0, in: ids)?.session }
        }
    }

    /// The name that a session's job was dropped under, as far as it has an id and that is on record.
    public func job(of session: SessionID, id: String, of owner: UInt32?) throws(Failure) -> String?
    {
        try converting("look for the name of \(session):") {
            guard try root[.state].contains(Self.directoryName) else { return nil }
            let ids = try root[.state].directory(Self.directoryName.display)
            return try entries(of: id, of: owner, in: ids).first { $0.session == session }?.job
        }
    }

    private func directory() throws -> Directory {
        if try root[.state].make(Self.directoryName) { try root[.state].sync() }
        return try root[.state].directory(Self.directoryName.display)
    }

    /// Who is on record as having the id: by the owner's entry, and by one of the time when ids were
    /// everybody's, if its session is the same owner's or nobody knows whose it is.
    private func entries(
        of id: String, of owner: UInt32?, in ids: Directory
    ) throws -> [Entry] {
        let names = Set([Self.name(of: id, of: owner), Self.name(of: id, of: nil)])
        return try names.compactMap { try entry($0, in: ids) }.filter { entry in
            guard entry.owner == nil, let owner,
                let recorded = (try? root.record(of: entry.session))?.owner
            else { return true }
            return recorded == owner
        }
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
            entry.name == name
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
        // By the clock that nobody can set, if it was in this boot of the machine.
        let age = outcome.ended.flatMap { BootMoment.now?.since($0) } ?? now.since(outcome.finished)
        guard outcome.state == .done, age < window else { return nil }
        return Holder(entry: entry, state: .done, finished: outcome.finished)
    }

    private static func name(of id: String, of owner: UInt32?) -> FileName {
        var hash = SHA256()
        hash.update(Array(id.utf8))
        let text = hash.finalizeHexadecimal()
        return FileName(owner.map { "\(text).\($0)" } ?? text)
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
