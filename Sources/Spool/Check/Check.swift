import Core
import Glibc
import Linux

/// Looks at a whole root and says what is not as it has to be. It changes nothing.
///
/// While a daemon works there, jobs are on their way: what is found is then looked for a second
/// time, after `settle`, and what has just been written does not count as left behind.
public struct Check: Sendable {
    /// How long something is left alone, as its maker may still be at it.
    static let patience: Duration = .seconds(60)

    let root: SpoolRoot
    let recovery: Recovery
    let receipts: ReceiptReader
    let identity: JobIdentity
    /// Whether to read all that was published and compare its hashes.
    let isDeep: Bool
    /// Whether a daemon works under the root.
    let isLive: Bool
    let now: @Sendable () -> Timestamp

    /// Checks `root`, `isDeep` down to the bytes of what was published; `isLive` while a daemon
    /// works there.
    public init(
        root: SpoolRoot, identity: JobIdentity, isDeep: Bool = false, isLive: Bool = false,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.root = root
        recovery = Recovery(root: root)
        receipts = ReceiptReader(root: root)
        self.identity = identity
        self.isDeep = isDeep
        self.isLive = isLive
        self.now = now
    }

    /// What keeps a root from being looked at at all: directories that it has to have and has not, or that something
    /// else is mounted on, each with whether it can be made. Nil if it is no root.
    public static func obstacles(
        of path: String
    ) throws(Failure) -> [(finding: CheckFinding, isMissing: Bool)]? {
        try converting("look at the root") {
            let root = try Directory(path: path)
            let names = SpoolDirectory.allCases.map(\.rawValue)
            var missing = try names.filter { try !root.contains(FileName($0)) }
            if missing.count > names.count / 2 { return nil }
            let covered = names.filter { name in
                guard let directory = try? root.directory(name) else { return false }
                return !directory.isOnMount(of: root)
            }
            let outputs = SpoolDirectory.outputs.rawValue
            if !missing.contains(outputs), !covered.contains(outputs),
                try !root.directory(outputs).contains(".staging")
            {
                missing.append("\(outputs)/.staging")
            }
            return covered.map { (.mounted($0), false) }
                + missing.map { (.missingDirectory($0), true) }
        }
    }

    /// All that is not as it has to be.
    public func findings(settle: () async throws -> Void) async throws(Failure) -> [CheckFinding] {
        try await converting("check \(root.path):") {
            let first = try look()
            guard isLive, !first.isEmpty else { return first }
            try await settle()
            let second = Set(try look().map(\.key))
            return first.filter { second.contains($0.key) }
        }
    }

    /// Repairs what can be. The caller holds the root's lock. Returns every finding with what
    /// became of it.
    public func repair() async throws(Failure) -> [CheckFinding] {
        try await converting("repair \(root.path):") {
            var repaired: [CheckFinding] = []
            var tried: [CheckFinding.Key: String] = [:]
            // Again, for one thing may have hidden another; each is tried once.
            while true {
                let found = try look()
                let new = found.filter { !$0.remedies.isEmpty && tried[$0.key] == nil }
                guard !new.isEmpty else {
                    return repaired.filter { finding in !found.contains { $0.key == finding.key } }
                        + found.map { $0.with(.left, because: tried[$0.key]) }
                }
                for finding in new {
                    do throws(Failure) {
                        for remedy in finding.remedies {
                            try await remedy.perform(in: root, identity, at: now())
                        }
                        tried[finding.key] = "It was tried, and is as it was."
                        repaired.append(finding.with(.repaired, because: nil))
                    } catch {
                        tried[finding.key] = error.description
                    }
                }
            }
        }
    }

    private func look() throws -> [CheckFinding] {
        var notes = Notes()
        try checkDirectories(&notes)
        try checkClaims(&notes)
        try checkLeftovers(&notes)
        // The receipts first: by them a session is found whose record is damaged.
        try checkTerminals(&notes)
        try checkSessions(&notes)
        try pairReceipts(&notes)
        return notes.findings
    }

    /// What is gathered on the way.
    struct Notes {
        /// A file in a terminal directory that has no receipt that can be read.
        struct Unexplained {
            var state: SpoolDirectory
            var file: FileName
            var kind: CheckFinding.Kind
            /// What is wrong with the receipt, as a sentence.
            var what: String
        }

        var findings: [CheckFinding] = []
        /// Where the receipts of the sessions are.
        var receipts: [SessionID: (state: SpoolDirectory, name: FileName)] = [:]
        var unexplained: [Unexplained] = []
        /// The ended sessions without a receipt, by the name of the dropped file; kept only while
        /// a file looks for one.
        var unpaired: [FileName: [SessionID]] = [:]
    }

    // MARK: - Directories

    private func checkDirectories(_ notes: inout Notes) throws {
        let root = self.root.directory
        let own = try root.status()
        if let obstacle = try root.room().obstacle {
            notes.findings.append(
                CheckFinding(
                    kind: .notWritable, place: ".",
                    what: "Nothing can be written: \(obstacle.cause).",
                    advice: "\(obstacle.hint)."))
        }
        let daemon = try DaemonUser(of: self.root[.state])
        // Where none of them has it, somebody has given away the root alone.
        let isShared = try SpoolDirectory.allCases.contains {
            try root.status(FileName($0.rawValue))?.group == own.group
        }
        let group = isShared ? own.group : daemon.group
        for state in SpoolDirectory.allCases {
            guard let status = try root.status(FileName(state.rawValue)) else { continue }
            if self.root[state].isImmutable {
                notes.findings.append(
                    CheckFinding(
                        kind: .notWritable, place: state.rawValue,
                        what: "The directory is immutable.",
                        advice: "Use 'chattr -i -a \(root.path)/\(state.rawValue)'."))
            }
            if status.mode != state.mode {
                notes.findings.append(
                    CheckFinding(
                        kind: .wrongMode, place: state.rawValue,
                        what:
                            "The directory has the mode \(String(status.mode, radix: 8)), not \(String(state.mode, radix: 8)).",
                        remedies: [.setMode(state)]))
            }
            // Whoever has the root, the daemon has to be able to work in it.
            if status.owner != daemon.user || status.group != group {
                notes.findings.append(
                    CheckFinding(
                        kind: .wrongOwner, place: state.rawValue,
                        what:
                            "The directory belongs to \(status.owner):\(status.group). The daemon runs as \(UserAccount.text(daemon.user)), as \(daemon.evidence) tells, and the group is \(group).",
                        advice:
                            "Use 'chown \(daemon.user):\(group) \(root.path)/\(state.rawValue)'."
                    )
                )
            }
        }
    }

    // MARK: - What is on its way

    private func checkClaims(_ notes: inout Notes) throws {
        for state in SpoolDirectory.claimed {
            for name in try root[state].entries().sorted() {
                guard let id = name.sessionID else {
                    // held/ is for whatever an operator puts there.
                    if state != .held {
                        notes.findings.append(unknown(name, in: state.rawValue))
                    }
                    continue
                }
                try checkClaim(name, id, in: state, &notes)
            }
        }
    }

    private func checkClaim(
        _ name: FileName, _ id: SessionID, in state: SpoolDirectory, _ notes: inout Notes
    ) throws {
        let places = try SpoolDirectory.claimed.filter { try root[$0].contains(name) }
        if places.count > 1, state != places[0], places.contains(state) {
            notes.findings.append(
                CheckFinding(
                    kind: .claimedTwice, place: "\(state.rawValue)/\(name.display)", session: id,
                    what: "The job's file is in \(places[0].rawValue)/ as well.",
                    remedies: [.setAside(state.rawValue, name)]))
            return
        }
        // A claim that was interrupted is gone on with, as long as it is known what it was.
        let isKnown =
            try root[.outputs].contains(FileName(id.description))
            || (try? SessionRecord.read(from: root.staging.directory(id.description))) != nil
        guard !isKnown, try root[state].contains(name) else { return }
        // It may have got its session in between.
        guard try !root[.outputs].contains(FileName(id.description)) else { return }
        notes.findings.append(
            CheckFinding(
                kind: .claimWithoutSession, place: "\(state.rawValue)/\(name.display)",
                session: id, what: "There is no session for this job.",
                // What was set aside is not begun because of that.
                remedies: state == .held ? [] : [.dropAgain(state, name)],
                advice:
                    "To have it made anew, move it to inbox/ under another name; or 'reelctl cancel \(id)'."
            ))
    }

    private func checkLeftovers(_ notes: inout Notes) throws {
        for (directory, name) in try recovery.leftovers() {
            guard let status = try directory.status(name), !isFresh(status) else { continue }
            let place = directory === root[.state] ? "state" : "outputs/.staging"
            notes.findings.append(
                CheckFinding(
                    kind: .leftover, place: "\(place)/\(name.display)",
                    what: place == "state"
                        ? "A file was not written to its end." : "A session was not claimed.",
                    remedies: [.remove(place, name)]))
        }
    }

    func unknown(_ name: FileName, in place: String) -> CheckFinding {
        CheckFinding(
            kind: .unknownFile, place: "\(place)/\(name.display)",
            what: "There is no such thing in the spool.", remedies: [.setAside(place, name)])
    }

    /// What another version wrote, and may be used again with.
    func newer(_ place: String, _ failure: Failure, session: SessionID? = nil) -> CheckFinding {
        CheckFinding(
            kind: .newerRecord, place: place, session: session, what: failure.message,
            advice: "Use the version that wrote it.")
    }

    /// Whether a daemon may be about to move or remove it.
    func isFresh(_ status: FileStatus) -> Bool {
        isLive && now().since(Timestamp(secondsSince1970: status.changed)) < Self.patience
    }
}

extension CheckFinding {
    /// What makes two findings the same one.
    struct Key: Hashable {
        var kind: Kind
        var place: String
    }

    var key: Key { Key(kind: kind, place: place) }

    fileprivate func with(_ status: Status, because reason: String?) -> CheckFinding {
        var finding = self
        finding.status = status
        finding.reason = reason
        return finding
    }
}
