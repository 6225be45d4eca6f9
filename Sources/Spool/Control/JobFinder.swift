import Core
import Glibc
import Linux

/// Finds the job that a person means: by the name of its file, with or without `.json`, by its handle, its
/// session's id, the `id` in its spec, or the path of its file, its session or anything in that.
///
/// One word may mean several. Then the newest is meant, and the others are told of.
public struct JobFinder: Sendable {
    /// A job that a word may mean.
    public struct Match: Sendable {
        /// Where it is.
        public var found: JobLookup.Found
        /// What it is called in short.
        public var handle: JobHandle
        /// When it came, in seconds since 1970: when its file was put there or claimed.
        var came: Double
    }

    private let root: SpoolRoot
    private let lookup: JobLookup
    private let identity: JobIdentity

    /// Looks under `root`.
    public init(root: SpoolRoot) {
        self.root = root
        lookup = JobLookup(root: root)
        identity = JobIdentity(root: root, window: .zero)
    }

    /// All that a word may mean, the newest first.
    public func find(_ text: String) throws(Failure) -> [Match] {
        try converting("look for \(Array(text.utf8).escapedForDisplay):") {
            var found: [JobLookup.Found]
            if text.contains("/") {
                found = try byPath(text)
            } else if let id = SessionID(text) {
                found = try bySession(id)
                if found.isEmpty { found = try byReceipt(id) }
            } else {
                guard let word = FileName(bytes: text.utf8) else { return [] }
                found = try byName(word.isJSON ? word : word.appending(".json"))
                if let handle = JobHandle(text) { found += try byHandle(handle) }
                found += try identity.sessions(of: text).flatMap { try bySession($0) }
                if found.isEmpty { found = try byOldID(text) }
            }
            return try Self.once(found).compactMap { try match($0) }
                .sorted { Self.goes($0, before: $1, JobHandle(text)) }
        }
    }

    /// A job goes first that is called just so by the daemon, whatever names and ids others have; then the newest.
    private static func goes(_ a: Match, before b: Match, _ handle: JobHandle?) -> Bool {
        func isMeant(_ match: Match) -> Int { match.handle == handle ? 1 : 0 }
        return (isMeant(a), a.came, a.handle) > (isMeant(b), b.came, b.handle)
    }

    /// Each job once. One that moves while one looks may be seen where it was and where it came to: there it is now.
    static func once(_ found: [JobLookup.Found]) -> [JobLookup.Found] {
        var places: Set<JobLookup.Place> = []
        var ended: Set<SessionID> = []
        for job in found {
            if case .ended = job.place, let session = job.session { ended.insert(session) }
        }
        return found.filter { job in
            if case .session(let id, _) = job.place, ended.contains(id) { return false }
            return places.insert(job.place).inserted
        }
    }

    /// A job that was seen in a list; nil if it has gone on, or has a name that cannot be said.
    public func match(_ job: JobSummary) throws(Failure) -> Match? {
        try converting("look for \(job.name):") { () throws in
            let found: JobLookup.Found?
            if let id = job.session, SpoolDirectory.claimed.contains(job.state) {
                found = try lookup.session(id)
            } else {
                guard let name = FileName(bytes: job.name.utf8) else { return nil }
                found =
                    try SpoolDirectory.terminal.contains(job.state)
                    ? lookup.ended(name, [job.state]) : lookup.waiting(name, in: job.state)
            }
            return try found.flatMap(match)
        }
    }

    /// Names like a word that means nothing, the likest.
    public func nearest(to word: String) -> String? {
        var names: [String] = []
        for state in SpoolDirectory.jobStates {
            guard let stream = try? DirectoryStream(root[state]) else { continue }
            while let name = try? stream.next(), names.count < Self.mostCompared {
                guard name.isJSON else { continue }
                if let id = name.sessionID {
                    names.append(lookup.name(of: id) ?? id.description)
                } else {
                    names.append(name.jobText)
                }
            }
        }
        return Spelling.suggestion(for: word, among: names)
            ?? Spelling.suggestion(for: word + ".json", among: names)
    }

    /// How many names are compared with a wrong one at most.
    private static let mostCompared = 2000
    /// How many sessions are asked for an id that is not on record any more.
    private static let mostAsked = 1000

    private func match(_ found: JobLookup.Found) throws -> Match? {
        let record = found.session.flatMap { try? root.record(of: $0) }
        let status: FileStatus?
        let handle: JobHandle?
        switch found.place {
        case .session(let id, let state):
            status = try root[state].status("\(id).json")
            handle = id.handle
        case .waiting(let name, let state), .ended(let name, let state):
            status = try root[state].status(name)
            handle = try (found.session ?? name.sessionID)?.handle ?? root[state].handle(name)
        }
        // It may have gone on meanwhile.
        guard let handle else { return nil }
        return Match(
            found: found, handle: handle,
            came: record?.claimed.secondsSince1970 ?? status?.changed ?? 0)
    }

    private func bySession(_ id: SessionID) throws -> [JobLookup.Found] {
        // One whose session could not be read was filed under that one's name.
        try (lookup.session(id) ?? lookup.endedSession(id) ?? lookup.ended("\(id).json", [.failed]))
            .map { [$0] } ?? []
    }

    /// By the receipt of a session that is not kept any longer.
    private func byReceipt(_ id: SessionID) throws -> [JobLookup.Found] {
        guard ((try? root.record(of: id)) ?? nil) == nil else { return [] }
        for state in [SpoolDirectory.done, .failed] {
            let stream = try DirectoryStream(root[state])
            while let name = try stream.next() {
                guard name.isJSON, lookup.sessionInReceipt(of: name, in: state) == id else {
                    continue
                }
                return try lookup.ended(name, [state]).map { [$0] } ?? []
            }
        }
        return []
    }

    /// By the name that a file has, or had when it was dropped.
    private func byName(_ name: FileName) throws -> [JobLookup.Found] {
        if let id = name.sessionID { return try bySession(id) }
        var found = try JobLookup.unclaimed.compactMap { try lookup.waiting(name, in: $0) }
        found += try lookup.sessions(droppedAs: name)
        let stem = name.numbered(1)
        for state in SpoolDirectory.terminal {
            let stream = try DirectoryStream(root[state])
            while let entry = try stream.next() {
                guard entry == name || entry.isJSON && entry.unnumbered == stem else { continue }
                found += try lookup.ended(entry, [state]).map { [$0] } ?? []
            }
        }
        return found
    }

    private func byHandle(_ handle: JobHandle) throws -> [JobLookup.Found] {
        var found: [JobLookup.Found] = []
        // What has no session is called after its file.
        for state in JobLookup.unclaimed + [.failed, .rejected] {
            let stream = try DirectoryStream(root[state])
            while let name = try stream.next() {
                guard name.isJSON, name.sessionID == nil, try root[state].handle(name) == handle
                else { continue }
                if SpoolDirectory.terminal.contains(state) {
                    found += try lookup.ended(name, [state]).map { [$0] } ?? []
                } else {
                    found += try lookup.waiting(name, in: state).map { [$0] } ?? []
                }
            }
        }
        found.removeAll { $0.session != nil && $0.session?.handle != handle }
        for id in try sessions() where id.handle == handle { found += try bySession(id) }
        return found
    }

    /// All sessions, and those that are only just being made.
    private func sessions() throws -> Set<SessionID> {
        var ids: Set<SessionID> = []
        let stream = try DirectoryStream(root[.outputs])
        while let name = try stream.next() {
            if let id = name.text.flatMap({ SessionID($0) }) { ids.insert(id) }
        }
        for state in SpoolDirectory.claimed {
            ids.formUnion(try root[state].entries().compactMap(\.sessionID))
        }
        return ids
    }

    /// By an id that is not on record any more, since its job ended long ago: the newest sessions are asked.
    private func byOldID(_ id: String) throws -> [JobLookup.Found] {
        try sessions().sorted(by: >).prefix(Self.mostAsked)
            .filter {
                (try? root.record(of: $0))?.flatMap(\.id).map(ExactText.init) == ExactText(id)
            }
            .flatMap { try bySession($0) }
    }

    /// By the path of a job's file, its receipt, its session or anything in that; relative to the
    /// working directory or to the root.
    private func byPath(_ text: String) throws -> [JobLookup.Found] {
        let base = resolved(root.path) ?? root.path
        for path in [text, "\(base)/\(text)"] {
            guard let full = resolved(path), full.hasPrefix(base + "/") else { continue }
            let parts = full.dropFirst(base.count + 1).split(separator: "/", maxSplits: 2)
            guard parts.count > 1, let state = SpoolDirectory(rawValue: String(parts[0])),
                let name = FileName(bytes: parts[1].utf8)
            else { continue }
            if state == .outputs {
                return try SessionID(parts[1]).map { try bySession($0) } ?? []
            }
            let job = name.withoutReceipt ?? name
            if let id = job.sessionID, SpoolDirectory.claimed.contains(state) {
                return try bySession(id)
            }
            if JobLookup.unclaimed.contains(state) {
                return try lookup.waiting(job, in: state).map { [$0] } ?? []
            }
            if SpoolDirectory.terminal.contains(state) {
                return try lookup.ended(job, [state]).map { [$0] } ?? []
            }
        }
        return []
    }

    /// The path without links, `.` and `..`, of which the last part need not exist.
    private func resolved(_ path: String) -> String? {
        guard let whole = realpath(path, nil) else { return nil }
        defer { free(whole) }
        return String(validatingCString: whole)
    }
}
