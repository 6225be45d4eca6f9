import Core
import Linux

/// Finds the job that a name means by looking at the directories, whether or not a daemon runs.
public struct JobLookup: Sendable {
    /// Where a job is.
    public enum Place: Hashable, Sendable {
        /// No job yet, but a file in `inbox/` or `held/`.
        case waiting(FileName, in: SpoolDirectory)
        /// Claimed: its file is in `active/`, `deferred/` or `held/`.
        case session(SessionID, in: SpoolDirectory)
        /// At its end, under this name in a terminal directory.
        case ended(FileName, in: SpoolDirectory)

        /// The directory its file is in.
        public var directory: SpoolDirectory {
            switch self {
            case .waiting(_, let state), .session(_, let state), .ended(_, let state): state
            }
        }
    }

    /// A job that was found.
    public struct Found: Hashable, Sendable {
        /// Where it is.
        public var place: Place
        /// The name it was dropped under, or has now.
        public var job: String
        /// Its session, if it has one.
        public var session: SessionID?
        /// Whose it is: who owned its file when it was claimed, or else who owns it.
        public var owner: UInt32
        /// Which file it is.
        public var identity: FileStatus.Identity
    }

    /// What a name means.
    public enum Result: Hashable, Sendable {
        /// One job.
        case found(Found)
        /// Several that are being worked on; by their ids they can be told apart.
        case ambiguous([SessionID])
        /// No job.
        case none
    }

    /// Where a file may be that was never claimed.
    static let unclaimed: [SpoolDirectory] = [.inbox, .held]

    private let root: SpoolRoot
    private let inbox: Directory
    private let receipts: ReceiptReader

    /// Looks under `root`; the inbox may be another directory by now than the one that it opened.
    public init(root: SpoolRoot, inbox: Directory? = nil) {
        self.root = root
        self.inbox = inbox ?? root[.inbox]
        receipts = ReceiptReader(root: root)
    }

    /// Finds a job. Of several that have the name, `verb` decides: what can be retried has ended,
    /// anything else is about what has not. Of those, a file that still waits goes first: it has no
    /// other name.
    public func find(
        _ target: ControlRequest.Target, for verb: ControlRequest.Verb
    ) throws(Failure) -> Result {
        try converting("look for \(target.name.display):") {
            switch target {
            case .session(let id):
                return try (session(id) ?? endedSession(id)).map { .found($0) } ?? .none
            case .file(let name):
                if let found = try ended(name, verb.ends) {
                    return .found(found)
                }
                if let found = try waiting(name) { return .found(found) }
                let sessions = try sessions(droppedAs: name)
                if let only = sessions.first, sessions.count == 1 { return .found(only) }
                if !sessions.isEmpty { return .ambiguous(sessions.compactMap(\.session)) }
                return try ended(name, SpoolDirectory.terminal).map { .found($0) } ?? .none
            }
        }
    }

    /// Finds a job by what is known of those that are claimed, without reading directories or the records
    /// of others. Nil where that cannot tell: by a session that is not claimed, and by a name that only
    /// jobs have that are claimed, have ended or are not there; unless `isSure` says that `index` has
    /// all that is claimed.
    public func find(
        _ target: ControlRequest.Target, for verb: ControlRequest.Verb, by index: JobIndex,
        isSure: Bool
    ) throws(Failure) -> Result? {
        try converting("look for \(target.name.display):") {
            guard case .file(let name) = target else {
                guard case .session(let id) = target else { return nil }
                return try session(id).map { .found($0) }
            }
            if let found = try ended(name, verb.ends) {
                return .found(found)
            }
            if let found = try waiting(name) { return .found(found) }
            guard index.isComplete || isSure else { return nil }
            var sessions = index.sessions(named: name.jobText)
            if let id = name.sessionID { sessions = [id] }
            let found = try sessions.sorted().compactMap { try session($0) }
            if let only = found.first, found.count == 1 { return .found(only) }
            if !found.isEmpty { return .ambiguous(found.compactMap(\.session)) }
            guard isSure else { return nil }
            return try ended(name, SpoolDirectory.terminal).map { .found($0) } ?? Result.none
        }
    }

    /// The name that a claimed job was dropped under; nil if its session cannot be read.
    func name(of id: SessionID) -> String? {
        root.placesOfSessions.lazy.compactMap { SessionRecord.job(of: id, in: $0) }.first
    }

    private func waiting(_ name: FileName) throws -> Found? {
        for state in Self.unclaimed {
            if let found = try waiting(name, in: state) { return found }
        }
        return nil
    }

    /// A file that was never claimed, or a held one that was, by its own name.
    func waiting(_ name: FileName, in state: SpoolDirectory) throws -> Found? {
        let directory = state == .inbox ? inbox : root[state]
        guard let status = try directory.status(name) else { return nil }
        // In held/, a claimed job has its session's name.
        if state == .held, let id = name.sessionID, let found = try session(id) { return found }
        return Found(
            place: .waiting(name, in: state), job: name.jobText, session: nil,
            owner: status.owner, identity: status.identity)
    }

    /// The claimed jobs that were dropped under a name, or whose files have it now.
    func sessions(droppedAs name: FileName) throws -> [Found] {
        if let id = name.sessionID, let found = try session(id) { return [found] }
        var found: [SessionID: Found] = [:]
        var seen: Set<SessionID> = []
        // Parked ones come from and go to active/, so around that.
        for state in [SpoolDirectory.deferred] + SpoolDirectory.claimed {
            for id in try root[state].entries().compactMap(\.sessionID)
            where seen.insert(id).inserted {
                guard let own = self.name(of: id), ExactText(own) == ExactText(name.jobText),
                    let job = try session(id)
                else { continue }
                found[id] = job
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// A job that has been claimed and is not at its end.
    public func session(_ id: SessionID) throws(SystemError) -> Found? {
        // Twice, because it may move from one to another meanwhile.
        for state in SpoolDirectory.claimed + SpoolDirectory.claimed {
            guard let status = try root[state].status("\(id).json") else { continue }
            let record = record(of: id)
            return Found(
                place: .session(id, in: state), job: record?.job ?? "\(id).json", session: id,
                owner: record?.owner ?? status.owner, identity: status.identity)
        }
        return nil
    }

    func ended(_ name: FileName, _ states: [SpoolDirectory]) throws -> Found? {
        for state in states {
            guard let status = try root[state].status(name) else { continue }
            let session = sessionInReceipt(of: name, in: state)
            let owner = session.flatMap { record(of: $0) }?.owner
            return Found(
                place: .ended(name, in: state), job: name.jobText, session: session,
                owner: receipts.isDaemons(status) ? owner ?? status.owner : status.owner,
                identity: status.identity)
        }
        return nil
    }

    /// A session at its end, by the receipt that names it.
    func endedSession(_ id: SessionID) throws -> Found? {
        guard let record = record(of: id), let state = record.outcome?.state else { return nil }
        let wanted = FileName(record.job)
        let stem = wanted.numbered(1).bytes.dropLast(".json".utf8.count)
        for name in try root[state].entries().sorted()
        where name.bytes.starts(with: stem) && name.isJSON {
            guard sessionInReceipt(of: name, in: state) == id else { continue }
            return try ended(name, [state])
        }
        return nil
    }

    /// The user that the daemon runs as.
    public var daemon: UInt32 { receipts.daemon }

    private func record(of id: SessionID) -> SessionRecord? {
        for parent in root.placesOfSessions {
            if let directory = try? parent.directory(id.description),
                let record = try? SessionRecord.read(from: directory)
            {
                return record
            }
        }
        return nil
    }

    /// The session of a file in a terminal directory, as far as its receipt can be trusted.
    public func sessionInReceipt(of name: FileName, in state: SpoolDirectory) -> SessionID? {
        receipts.session(of: name, in: state)
    }

    /// The names of files about which there is a receipt, but which are gone themselves.
    public func namesOfStaleReceipts(
        of target: ControlRequest.Target, in state: SpoolDirectory
    ) throws(Failure) -> [FileName] {
        try converting("look for the old receipts of \(target.name.display):") {
            switch target {
            case .file(let name): return [name]
            case .session(let id):
                guard let record = record(of: id) else { return [] }
                let stem = FileName(record.job).numbered(1).bytes.dropLast(".json".utf8.count)
                return try root[state].entries()
                    .filter { $0.bytes.starts(with: stem) }
                    .compactMap(\.withoutReceipt)
                    .filter { receipt(of: $0, in: state)?.session == id }
            }
        }
    }

    /// What the daemon wrote about a file in a terminal directory; nil if there is nothing that can be
    /// read.
    func receipt(of name: FileName, in state: SpoolDirectory) -> Receipt? {
        receipts.receipt(of: name, in: state)
    }
}

extension FileName {
    /// The session that a claimed job's file is named for.
    public var sessionID: SessionID? {
        guard hasSuffix(".json") else { return nil }
        return text.flatMap { SessionID($0.dropLast(".json".utf8.count)) }
    }

    /// The name as records have it.
    public var jobText: String { text ?? display }
}
