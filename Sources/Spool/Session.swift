import Core
import Glibc
import Linux

/// One job's directory and its record. The record in memory is never ahead of the one on disk.
public actor Session {
    /// The directories people find in a session.
    public static let directories = [
        "scripts", "images", "audio", "video_clips", "final_output", "metadata", "logs",
    ]
    /// Where attempts work, gone when the job has ended; and where what is to be published waits,
    /// gone when the job is done.
    static let workName: FileName = ".work"
    static let publicationName: FileName = ".publication"

    /// The session's id.
    public nonisolated let id: SessionID
    /// Its directory.
    public nonisolated let directory: Directory
    /// Shares syncs with the other sessions.
    public nonisolated let sync: DirectorySync

    /// What is known of it.
    public private(set) var record: SessionRecord

    private let metadata: Directory

    init(_ record: SessionRecord, in directory: Directory, sync: DirectorySync) throws(SystemError)
    {
        id = record.session
        self.directory = directory
        self.record = record
        self.sync = sync
        metadata = try directory.directory("metadata")
    }

    /// Opens the session `id` under the root's `outputs`.
    public static func open(_ id: SessionID, in root: SpoolRoot) throws(Failure) -> Session {
        let directory = try converting("open the session") {
            try root[.outputs].directory(id.description)
        }
        let record = try SessionRecord.read(from: directory)
        return try converting("open the session") {
            try Session(record, in: directory, sync: root.sync)
        }
    }

    /// Changes the record: on disk first, then in memory.
    public func update(_ change: @Sendable (inout SessionRecord) -> Void) async throws(Failure) {
        var changed = record
        change(&changed)
        guard changed != record else { return }
        let bytes = try RecordFile.encode(
            changed, subject: "\(directory.path)/metadata/session.json")
        do throws(SystemError) {
            try metadata.write(bytes, to: "session.json")
            record = changed
            try sync.sync(metadata)
        } catch {
            throw error.failure("record the progress of")
        }
    }

    /// An empty directory for one attempt of a step. What an earlier attempt left is removed.
    public nonisolated func freshWorkDirectory(step: String) throws(SystemError) -> Directory {
        try directory.make(Self.workName)
        let work = try directory.directory(Self.workName.display)
        try work.removeTree(FileName(step))
        try work.make(FileName(step))
        return try work.directory(step)
    }

    /// Removes what an attempt of a step has left.
    public nonisolated func removeWork(step: String) throws(SystemError) {
        try directory.directory(Self.workName.display).removeTree(FileName(step))
    }

    /// The place of a step's working directory.
    public nonisolated static func workPlace(step: String) -> String {
        "\(workName.display)/\(step)"
    }

    /// Makes the directory where a step's files wait for publication. What an earlier attempt
    /// left there is removed.
    public nonisolated func makePublicationDirectory(step: String) throws(SystemError) {
        try directory.make(Self.publicationName)
        let all = try directory.directory(Self.publicationName.display)
        try all.removeTree(FileName(step))
        try all.make(FileName(step))
        try all.sync()
        try directory.sync()
    }

    /// The place of a file that waits for publication.
    public nonisolated static func publicationPlace(step: String, file: String) -> String {
        "\(publicationName.display)/\(step)/\(file)"
    }

    /// The name a place has in `final_output/`; nil if what is there is not to be published.
    public nonisolated static func publishedName(of place: String) -> String? {
        let parts = place.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, parts[0] == publicationName.display else { return nil }
        return String(parts[2])
    }

    /// Removes what only the work needed. Of a job that may be retried, the outputs of finished
    /// steps are kept.
    public nonisolated func removeWork(keepingOutputs: Bool = false) throws(SystemError) {
        try directory.removeTree(Self.workName)
        if !keepingOutputs { try directory.removeTree(Self.publicationName) }
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
