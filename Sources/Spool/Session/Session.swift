import Core
import Glibc
import Linux
import Synchronization

/// One job's directory and its record. What the record says was done is never ahead of the one on
/// disk; what is about to be done may be noted for the next time it is written.
///
/// Changes of the record happen one after another. They wait for the disk, so they are made on threads
/// that may block; to look at the record waits for nothing.
public final class Session: Sendable {
    /// The directories people find in a session.
    public static let directories = [
        "scripts", "images", "audio", "video_clips", "final_output", "metadata", "logs",
    ]
    /// Where attempts work, gone when the job has ended; and where what is to be published waits,
    /// gone when the job is done.
    static let workName: FileName = ".work"
    private static let recordName: FileName = "session.json"
    private static let newRecordName: FileName = ".session.json.new"

    /// The session's id.
    public let id: SessionID
    /// Its directory.
    public let directory: Directory
    /// Shares syncs with the other sessions.
    public let sync: GroupCommit

    private let metadata: Directory
    private let state: Mutex<State>
    /// Held while the record on disk is being changed, and only then waited for.
    private let turn = Mutex(())

    private struct State {
        var record: SessionRecord
        /// Whether the record has notes that are not on disk yet.
        var hasNotes = false
        /// What is left to do of the claim.
        var staged: Staged?
    }

    /// What is known of it.
    public var record: SessionRecord { state.withLock { $0.record } }

    /// A session that was just claimed and is still in `outputs/.staging/`: the first update moves it
    /// to where it belongs, together with what it has to write anyway.
    struct Staged: Sendable {
        var root: SpoolRoot
        /// What makes the claim durable.
        var commit: Commit
    }

    init(
        _ record: SessionRecord, in directory: Directory, _ metadata: Directory,
        sync: GroupCommit, staged: Staged? = nil
    ) {
        id = record.session
        self.directory = directory
        self.sync = sync
        state = Mutex(State(record: record, hasNotes: staged != nil, staged: staged))
        self.metadata = metadata
    }

    /// Opens the session `id` under the root's `outputs`.
    public static func open(_ id: SessionID, in root: SpoolRoot) throws(Failure) -> Session {
        let directory = try converting("open the session") {
            try root[.outputs].directory(id.description)
        }
        let record = try SessionRecord.read(from: directory)
        return try converting("open the session") {
            Session(
                record, in: directory, try directory.directory("metadata"), sync: root.sync)
        }
    }

    /// Whether its claim is not complete yet.
    public var isStaged: Bool { state.withLock { $0.staged != nil } }

    /// Notes something in the record, to be written with the next update. It must be nothing that
    /// was done: a crash forgets it.
    public func note(_ change: (inout SessionRecord) -> Void) {
        turn.withLock { _ in
            var changed = record
            change(&changed)
            state.withLock { state in
                guard changed != state.record else { return }
                state.record = changed
                state.hasNotes = true
            }
        }
    }

    /// Changes the record: on disk first, then in memory. `commit` is made durable before the new
    /// record stands.
    public func update(
        with commit: Commit = Commit(), _ change: (inout SessionRecord) -> Void = { _ in }
    ) throws(Failure) {
        try turn.withLock { (_) throws(Failure) in
            let before = state.withLock { $0 }
            var changed = before.record
            change(&changed)
            guard changed != before.record || before.hasNotes else {
                return try converting("record the progress of") { try sync.perform(commit) }
            }
            let prepared = try prepare(changed)
            try converting("record the progress of") {
                try put(prepared, completing: before.staged, after: commit)
            }
        }
    }

    /// Puts a record in force, and completes the claim if that is still to be done.
    private func put(
        _ prepared: Prepared, completing staged: Staged?, after commit: Commit
    ) throws(SystemError) {
        var all = commit
        all.add(prepared.commit)
        if let staged { all.add(staged.commit) }
        try sync.perform(all)
        var placed = try prepared.place()
        if let staged {
            let name = FileName(id.description)
            let outputs = staged.root[.outputs]
            guard try staged.root.staging.rename(name, into: outputs, as: name) else {
                throw SystemError("renameat2", outputs.subject(name), errno: EEXIST)
            }
            placed.directories.append(outputs)
        }
        adopt(prepared)
        state.withLock { $0.staged = nil }
        try sync.perform(placed)
    }

    /// The place of what hooks are told of a job's end: its receipt, but for what became of the hooks.
    public static let receiptPlace = "metadata/\(receiptName.display)"
    private static let receiptName: FileName = "receipt.json"

    /// Writes that. Whoever reads it is told of it by name, so it is whole when it is there.
    public func write(_ receipt: Receipt) throws(Failure) {
        try converting("write the receipt for the hooks of") {
            try metadata.write(
                RecordFile.encode(receipt), to: Self.receiptName, by: ".receipt.json.new",
                in: metadata)
        }
    }

    /// A record that is written, but neither durable nor in force.
    public struct Prepared: Sendable {
        /// What it says.
        public let record: SessionRecord
        /// What has to be durable before it is put in force.
        public let commit: Commit
        fileprivate let metadata: Directory

        /// Puts it in force; returns what makes that durable.
        public func place() throws(SystemError) -> Commit {
            try metadata.move(newRecordName, into: metadata, replacing: recordName)
            return Commit(directories: [metadata])
        }
    }

    /// Writes a changed record, to be put in force by whoever has others to make durable with it.
    public func prepare(
        _ change: (inout SessionRecord) -> Void
    ) throws(Failure) -> Prepared {
        var changed = record
        change(&changed)
        return try prepare(changed)
    }

    private func prepare(_ changed: SessionRecord) throws(Failure) -> Prepared {
        let bytes = RecordFile.encode(changed)
        // The end of a job is put on record in any case.
        guard bytes.count <= RecordFile.mostWritten || changed.outcome != nil else {
            throw Failure(
                .permanent, code: "too_many_outputs", operation: "record the progress of",
                subject: changed.job,
                cause:
                    "its record would have \(bytes.count) bytes, and may have \(RecordFile.mostWritten)",
                hint: "Let its steps make fewer files")
        }
        return try converting("record the progress of") {
            Prepared(
                record: changed,
                commit: Commit(files: [try metadata.create(bytes, as: Self.newRecordName)]),
                metadata: metadata)
        }
    }

    /// Notes that a prepared record was put in force.
    public func adopt(_ prepared: Prepared) {
        state.withLock { state in
            state.record = prepared.record
            state.hasNotes = false
        }
    }

    /// Opens one of the directories people find in a session, or one beneath it. It may have been removed
    /// when the session had ended, and then work on it went on: so it is made when it is needed.
    public static func directory(
        _ place: String, of session: Directory
    ) throws(SystemError) -> Directory {
        if directories.contains(place) { return try session.directory(making: FileName(place)) }
        return try session.directory(place)
    }

    /// An empty directory for one attempt of a step. What an earlier attempt left is removed.
    public func freshWorkDirectory(step: String) throws(SystemError) -> Directory {
        // Made with the session, and removed by nobody while it works.
        if try directory.make(Self.workName) { try directory.sync() }
        let work = try directory.directory(Self.workName.display)
        if try !work.make(FileName(step)) {
            try work.removeTree(FileName(step))
            try work.make(FileName(step))
        }
        return try work.directory(step)
    }

    /// Whether a directory is still the one that a step's name leads to.
    public func isWork(_ work: Directory, of step: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            let place = try directory.directory("\(Self.workName.display)/\(step)")
            return place.identity == work.identity
        } catch {
            guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
            return false
        }
    }

    /// What makes the entries of a step's working directory durable.
    public func commit(ofWork work: Directory) throws(SystemError) -> Commit {
        Commit(directories: [work, try directory.directory(Self.workName.display)])
    }

    /// Puts one directory of attempts in the place of another, whose contents go.
    public func useWork(of attempt: String, for step: String) throws(SystemError) {
        let work = try directory.directory(Self.workName.display)
        try work.removeTree(FileName(step))
        try work.move(FileName(attempt), into: work, replacing: FileName(step))
    }

    /// Removes what an attempt of a step has left.
    public func removeWork(step: String) throws(SystemError) {
        try directory.directory(Self.workName.display).removeTree(FileName(step))
    }

    /// The place of a step's working directory. What is to be published stays there until the
    /// pipeline has ended.
    public static func workPlace(step: String) -> String {
        "\(workName.display)/\(step)"
    }

    /// The place of a file that waits for publication.
    public static func publicationPlace(step: String, file: String) -> String {
        "\(workPlace(step: step))/\(file)"
    }

    /// The name a place has in `final_output/`; nil if what is there is not to be published.
    public static func publishedName(of place: String) -> String? {
        let parts = place.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, parts[0] == workName.display else { return nil }
        return String(parts[2])
    }

    /// Removes what only the work needed. Of a job that may be retried, what these steps made is kept.
    public func removeWork(keeping steps: Set<String> = []) throws(SystemError) {
        guard !steps.isEmpty else { return try directory.removeTree(Self.workName) }
        let work = try directory.directory(Self.workName.display)
        for name in try work.entries() where !steps.contains(name.display) {
            try work.removeTree(name)
        }
    }
}

extension SessionRecord {
    /// The record in a session's directory.
    public static func read(from directory: Directory) throws(Failure) -> SessionRecord {
        let place = "metadata/session.json"
        let bytes = try converting("read") {
            try directory.read(place, limit: RecordFile.limit)
        }
        return try RecordFile.decode(
            SessionRecord.self, from: bytes, subject: "\(directory.path)/\(place)")
    }
}
