import Core
import Linux

/// Follows one job from wherever it is to its end, by looking at the directories.
///
/// A file that waits has no name of its own: another of the same name may be dropped when it has
/// been claimed. It is told by its inode, which a rename keeps, and by its handle, which its session has too.
public struct JobTracker: Sendable {
    /// How a job ended.
    public struct End: Hashable, Sendable {
        /// done, failed or rejected.
        public var state: SpoolDirectory
        /// Why it is not done.
        public var error: Receipt.Problem?

        /// Whether somebody asked for it.
        public var isCancelled: Bool { error?.code == "cancelled" }
    }

    /// What was seen of a job.
    public enum Sighting: Hashable, Sendable {
        /// A file in `inbox/` or `held/` that was never claimed.
        case waiting(SpoolDirectory)
        /// Claimed; its file is in `active/`, `deferred/` or `held/`.
        case claimed(SessionID, SpoolDirectory)
        /// At its end.
        case ended(End)
        /// Nowhere: somebody took it away.
        case gone
    }

    /// The name that was asked about, or that it was dropped under.
    public private(set) var name: FileName
    /// Its session, once it has one.
    public private(set) var session: SessionID?

    private let root: SpoolRoot
    private let lookup: JobLookup
    private var identity: FileStatus.Identity
    private var handle: JobHandle
    private var hasEnded: (name: FileName, state: SpoolDirectory)?

    /// Follows a job that was found.
    public init(_ match: JobFinder.Match, in root: SpoolRoot) {
        let found = match.found
        self.root = root
        lookup = JobLookup(root: root)
        handle = match.handle
        name = FileName(found.job)
        session = found.session
        identity = found.identity
        if case .ended(let name, let state) = found.place { hasEnded = (name, state) }
    }

    /// Follows a file that was only just put into the inbox.
    public init(_ submitted: Submission.Submitted, in root: SpoolRoot) {
        self.root = root
        lookup = JobLookup(root: root)
        name = submitted.name
        identity = submitted.identity
        handle = submitted.handle
    }

    /// Looks where it is now.
    public mutating func look() throws(Failure) -> Sighting {
        do {
            if let (name, state) = hasEnded { return .ended(end(of: name, in: state)) }
            // It may move from where is looked next to where was looked before.
            for _ in 1...3 {
                if let sighting = try lookOnce() { return sighting }
            }
            return .gone
        } catch {
            throw Failure(error, "look for \(name.display):")
        }
    }

    private mutating func lookOnce() throws -> Sighting? {
        if session == nil {
            for state in [SpoolDirectory.inbox, .held]
            where try root[state].status(name)?.identity == identity { return .waiting(state) }
            session = try claimedFile()
        }
        if let session {
            if let found = try lookup.session(session) {
                return .claimed(session, found.place.directory)
            }
            if let record = record(of: session), let outcome = record.outcome {
                return .ended(
                    End(
                        state: outcome.state,
                        error: outcome.failure.map {
                            Receipt.Problem($0, stage: outcome.stage ?? "pipeline")
                        }))
            }
        }
        for state in [SpoolDirectory.done, .failed, .rejected] {
            guard let name = try terminalName(in: state) else { continue }
            // It may have had one for no longer than from one look to the next.
            session = session ?? lookup.sessionInReceipt(of: name, in: state)
            return .ended(end(of: name, in: state))
        }
        // Its owner may have replaced it meanwhile.
        guard session == nil, let status = try root[.inbox].status(name),
            let handle = try root[.inbox].handle(name)
        else { return nil }
        (identity, self.handle) = (status.identity, handle)
        return .waiting(.inbox)
    }

    /// The session that the file became.
    private func claimedFile() throws -> SessionID? {
        for state in SpoolDirectory.claimed {
            for file in try root[state].entries() {
                guard let id = file.sessionID, id.handle == handle else { continue }
                // Its file may be a copy that the daemon put in its place.
                if try root[state].status(file)?.identity == identity || isOfJob(id) { return id }
            }
        }
        return nil
    }

    /// Whether a session was begun with a file of this name.
    private func isOfJob(_ id: SessionID) -> Bool {
        lookup.name(of: id).map(ExactText.init) == ExactText(name.jobText)
    }

    /// The name that the file has in a terminal directory.
    private func terminalName(in state: SpoolDirectory) throws -> FileName? {
        // One whose session cannot be read is filed under that one's name.
        if let session, try root[state].contains("\(session).json") { return "\(session).json" }
        let stem = name.numbered(1).bytes.dropLast(".json".utf8.count)
        for file in try root[state].entries()
        where file.bytes.starts(with: stem) && file.isJSON {
            if let session {
                if lookup.sessionInReceipt(of: file, in: state) == session { return file }
                continue
            }
            if try root[state].status(file)?.identity == identity { return file }
            let own = lookup.sessionInReceipt(of: file, in: state)
            if let own, own.handle == handle, isOfJob(own) { return file }
        }
        return nil
    }

    private func end(of name: FileName, in state: SpoolDirectory) -> End {
        End(state: state, error: lookup.receipt(of: name, in: state)?.error)
    }

    /// What it is called in short.
    public var shortName: String { "\(handle)" }

    /// What is on record of its session.
    public var record: SessionRecord? { session.flatMap(record(of:)) }

    private func record(of id: SessionID) -> SessionRecord? {
        (try? root[.outputs].directory(id.description)).flatMap {
            try? SessionRecord.read(from: $0)
        }
    }
}
