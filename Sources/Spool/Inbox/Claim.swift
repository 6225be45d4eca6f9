import Core
import Glibc
import Linux

/// Turns a file in the inbox into a session, by one rename that either happened or did not.
///
/// 1. The session is built in `outputs/.staging/` with a record that says which name it claims.
/// 2. `renameat2(inbox/NAME, active/ID.json, RENAME_NOREPLACE)`: the job is ours.
/// 3. The bytes are copied, and from here on only the copy counts: whoever still has the file
///    open can change it, but not the job.
/// 4. The session moves to `outputs/`, when its record is first updated: what that has to make
///    durable is made so together with the claim.
///
/// A crash before 2 leaves a session nobody claimed, which recovery removes; after 2, a file in
/// `active/` that says where to go on.
public struct Claim: Sendable {
    private let root: SpoolRoot
    private let parse: SpecParser
    private let settling: Settling
    private let identity: JobIdentity
    private let now: @Sendable () -> Timestamp
    private let handle: @Sendable (Directory, FileName) throws(SystemError) -> JobHandle?

    /// What came of a claim.
    public enum Result: Sendable {
        /// A job to run, and what its spec says of it, unless it is refused by now: then it fails
        /// when the pipeline reads it.
        case job(Session, JobHeader?)
        /// Not a job after all. It is in `active/`, to be filed under `rejected/`; its session is in staging, to
        /// be removed if it is of no use.
        case invalid(Session, Failure)
        /// The job is ours, in `active/`, but the claim could not be completed: to be resumed.
        case unfinished(SessionID, Failure)
        /// The job is in `active/`, but its session was removed by somebody.
        case lost(SessionID)
        /// The file was gone.
        case gone

        /// The session the file in `active/` belongs to.
        public var session: SessionID? {
            switch self {
            case .job(let session, _): session.id
            case .invalid(let session, _): session.id
            case .unfinished(let id, _), .lost(let id): id
            case .gone: nil
            }
        }
    }

    /// Claims under `root`; `settling` says when a file is complete that is no job as it is, a job that is
    /// done keeps its id for `duplicateWindow`, and `handle` is what a file of the inbox is called.
    public init(
        root: SpoolRoot, settling: Settling, parse: @escaping SpecParser,
        duplicateWindow: Duration = .seconds(86_400),
        now: @escaping @Sendable () -> Timestamp,
        handle: @escaping @Sendable (Directory, FileName) throws(SystemError) -> JobHandle? = {
            (inbox, name) throws(SystemError) in try inbox.handle(name)
        }
    ) {
        self.root = root
        self.settling = settling
        self.parse = parse
        identity = JobIdentity(root: root, window: duplicateWindow)
        self.now = now
        self.handle = handle
    }

    /// Claims a file of the inbox.
    public func claim(
        _ file: FileName, in inbox: Directory
    ) throws(Failure) -> Result {
        try converting("claim \(file.display):") {
            guard let status = try inbox.status(file), let handle = try handle(inbox, file) else {
                return .gone
            }
            let staged = try stage(
                job: file.jobText, handle,
                arrived: Timestamp(secondsSince1970: status.modified))
            let id = staged.record.session
            guard try take(file, of: inbox, as: id) else {
                try root.staging.removeTree(FileName(id.description))
                return .gone
            }
            // From here on the file is not in the inbox any more: whoever tries again has to know
            // the session's id.
            do { return try complete(staged, inbox) } catch {
                return .unfinished(id, Failure(error, "claim \(file.display):"))
            }
        }
    }

    /// Goes on with a claim that a crash or a failure interrupted after its rename.
    public func resume(_ id: SessionID) throws(Failure) -> Result {
        try converting("resume the claim of \(id):") {
            let name = FileName(id.description)
            if try root[.outputs].contains(name) {
                try root.sync.sync(root[.outputs])
                let session = try Session.open(id, in: root)
                let bytes = try session.directory.read("metadata/job.json", limit: largestSpec)
                return .job(session, try? header(of: bytes))
            }
            // It was durable before the claim, so no crash has taken it.
            guard let staged = try staged(id) else { return .lost(id) }
            return try complete(staged, root[.inbox])
        }
    }

    /// A session that is in staging, and what its record says.
    private struct Staged {
        var directory: Directory
        var metadata: Directory
        var record: SessionRecord
    }

    /// The staged session of a claim; nil if it is not there, or not its record. Throws when that cannot be
    /// read, or is none of this version.
    private func staged(_ id: SessionID) throws -> Staged? {
        guard try root.staging.contains(FileName(id.description)) else { return nil }
        do throws(Failure) {
            return try converting("read") {
                let directory = try open(id)
                return Staged(
                    directory: directory, metadata: try directory.directory("metadata"),
                    record: try SessionRecord.read(from: directory))
            }
        } catch {
            guard error.code == "not_found" else { throw error }
            return nil
        }
    }

    /// A session's directory in staging, by the path it will have.
    private func open(_ id: SessionID) throws -> Directory {
        let name = FileName(id.description)
        return try root.staging.directory(id.description, path: root[.outputs].subject(name))
    }

    /// Builds a session in staging, under an id that no session has or had.
    private func stage(job: String, _ handle: JobHandle, arrived: Timestamp) throws -> Staged {
        let id = try reserve(handle)
        do {
            return try build(id, job: job, arrived: arrived)
        } catch {
            // As far as the shortage that made it fail allows; the next start removes the rest.
            try? root.staging.removeTree(FileName(id.description))
            throw error
        }
    }

    private func build(_ id: SessionID, job: String, arrived: Timestamp) throws -> Staged {
        let directory = try open(id)
        for name in Session.directories { try directory.make(FileName(name)) }
        try directory.make(Session.workName)
        var record = SessionRecord(
            session: id, job: job, header: JobHeader(pipeline: ""), arrived: arrived,
            claimed: now())
        record.begun = .now
        record.arrival = try root.arrivals.next()
        let metadata = try directory.directory("metadata")
        let file = try metadata.create(
            RecordFile.encode(record), as: "session.json")
        try root.sync.perform(
            Commit(files: [file], directories: [metadata, directory, root.staging]))
        return Staged(directory: directory, metadata: metadata, record: record)
    }

    /// An id that no session has. The directory in staging is the reservation, so it is made before
    /// the others are asked: a session leaves staging only for where it will be found.
    private func reserve(_ handle: JobHandle) throws -> SessionID {
        // Files that have several names have one handle: then the time tells them apart.
        var collisions = 0
        while true {
            let second = Int(now().secondsSince1970.rounded(.down)) + collisions
            let id = SessionID(at: second, handle)
            let name = FileName(id.description)
            if try root.staging.make(name) {
                if try !isTaken(id), root.recentIDs.take(id) { return id }
                try root.staging.removeTree(name)
            }
            collisions += 1
        }
    }

    private func isTaken(_ id: SessionID) throws -> Bool {
        let file = FileName("\(id).json")
        return try root[.outputs].contains(FileName(id.description))
            || [.active, .deferred, .held].contains { try root[$0].contains(file) }
    }

    /// The commit point.
    private func take(
        _ name: FileName, of inbox: Directory, as id: SessionID
    ) throws -> Bool {
        do throws(SystemError) {
            return try inbox.rename(name, into: root[.active], as: "\(id).json")
        } catch {
            if error.errno == ENOENT { return false }
            try? root.staging.removeTree(FileName(id.description))
            throw error
        }
    }

    /// From the rename to a session that needs but one update to be whole.
    private func complete(_ staged: Staged, _ inbox: Directory) throws -> Result {
        var record = staged.record
        let id = record.session
        var bytes: [UInt8]?
        let header: JobHeader
        do throws(Failure) {
            header = try readSpec(id, job: record.job, &bytes)
        } catch {
            guard error.kind == .permanent else { throw error }
            record.owner = try root[.active].status("\(id).json")?.owner
            return .invalid(try invalid(record, staged, bytes, inbox), error)
        }
        record.owner = try root[.active].status("\(id).json")?.owner
        // Only now, by the bytes that count. A crash before the session is whole comes here again.
        if let own = header.id,
            let refusal = try identity.take(
                own, of: record.owner, for: id, job: record.job, at: now())
        {
            return .invalid(try invalid(record, staged, bytes, inbox), refusal)
        }
        record.pipeline = header.pipeline
        record.priority = header.priority
        record.labels = header.labels
        record.id = header.id
        record.review = header.review ? .init() : nil
        record.preset = header.effective?.preset
        record.origins = header.effective?.origins
        var files = [try staged.metadata.create(bytes ?? [], as: "job.json")]
        if let effective = header.effective {
            files.append(try staged.metadata.create(effective.bytes, as: "effective.json"))
        } else {
            // A crash before the session is whole comes here again, perhaps with another configuration.
            try staged.metadata.remove("effective.json")
        }
        let commit = Commit(files: files, directories: [staged.metadata, root[.active], inbox])
        return .job(
            Session(
                record, in: staged.directory, staged.metadata, sync: root.sync,
                staged: .init(root: root, commit: commit)),
            header)
    }

    /// The session of what is no job, with what its file says, if that may be read.
    private func invalid(
        _ record: SessionRecord, _ staged: Staged, _ bytes: [UInt8]?, _ inbox: Directory
    ) throws -> Session {
        var commit = Commit(directories: [staged.metadata, root[.active], inbox])
        // Only what members may read anyway: it may be a file that somebody else has made, for himself.
        let status = try root[.active].status("\(record.session).json")
        if let bytes, let status, status.isForGroup(root[.inbox].group) {
            commit.files = [try staged.metadata.create(bytes, as: "job.json")]
        }
        return Session(
            record, in: staged.directory, staged.metadata, sync: root.sync,
            staged: .init(root: root, commit: commit))
    }

    /// What the file in `active/` says. Whatever was looked at in the inbox, this may be something else.
    ///
    /// Its owner may be saving it again in this very moment, in place, as many editors do. What is no job
    /// while that goes on may be one when it is over, so it is judged then; for as long as `patience`.
    /// `bytes` is what was read last.
    private func readSpec(
        _ id: SessionID, job: String, _ bytes: inout [UInt8]?
    ) throws(Failure) -> JobHeader {
        let began = ContinuousClock.now
        var seen: (status: FileStatus, since: ContinuousClock.Instant)?
        while true {
            let file = try claimedFile(id, job: job)
            // Asked before anything is read, as in the inbox; of what is a job at the first look, never.
            let isFirst = seen == nil
            let hasNoWriter = isFirst ? nil : file.hasNoWriter()
            let (status, read) = try converting("read the job spec") {
                (try file.status(), try file.read(limit: largestSpec))
            }
            bytes = read
            do throws(SpecFault) { return try parse(read) } catch {
                let now = ContinuousClock.now
                if seen?.status != status { seen = (status, now) }
                if isFirst { continue }
                let observation = Settling.Observation(
                    renamedIn: false, hasNoWriter: hasNoWriter,
                    quiet: now - (seen?.since ?? now), isTruncated: error.isTruncated)
                guard case .wait = settling.decide(observation), now - began < Self.patience else {
                    throw error.failure
                }
            }
            usleep(Self.pause)
        }
    }

    /// How long a writer is waited for.
    private static let patience: Duration = .seconds(10)
    /// How long from one look to the next, in microseconds.
    private static let pause: UInt32 = 10_000

    private func claimedFile(_ id: SessionID, job: String) throws(Failure) -> Descriptor {
        let name: FileName = "\(id).json"
        let status = try converting("look at the job spec") { try root[.active].status(name) }
        if let failure = status.flatMap({ status in
            Inbox.wrongKind(FileName(job), status)
                ?? Inbox.borrowed(FileName(job), status, from: root[.inbox].group)
        }) {
            throw failure
        }
        do throws(SystemError) { return try root[.active].open(entry: name) } catch {
            throw error.failure("read the job spec")
        }
    }

    private func header(of bytes: [UInt8]) throws(Failure) -> JobHeader {
        do throws(SpecFault) { return try parse(bytes) } catch { throw error.failure }
    }
}
