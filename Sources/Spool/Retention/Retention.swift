import Core
import Glibc
import Linux

/// Removes what is not to be kept of jobs that have ended.
///
/// A session goes in two steps: one rename into `outputs/.trash/`, by which it is gone for
/// everybody, and the removal, which a crash may interrupt: the next round goes on with it. A
/// session that has not ended is never touched, and no file of a job that waits.
///
/// What goes by its age is as old by every clock there is; of several, those were first that were
/// claimed first, by a number that no clock has a say in.
///
/// It is made to run beside the daemon's work for as long as it takes: it looks at a few things,
/// then lets `pause` decide how long to wait. What it looks at are names as far as possible, which
/// tell when a session began; records are read only of those that are due.
public struct Retention: Sendable {
    static let trashName: FileName = ".trash"
    /// How many things are looked at between two pauses.
    static let batch = 32

    let root: SpoolRoot
    private let policy: RetentionPolicy
    private let identity: JobIdentity
    private let isDryRun: Bool
    private let report: @Sendable (RetentionItem) -> Void
    private let spare: @Sendable (RetentionItem) -> Void
    private let complain: @Sendable (Failure) -> Void
    private let pause: @Sendable () async throws -> Void

    /// Applies `policy` under `root`. `report` is told what went, or would in a dry run, as soon as
    /// it has; `spare` what is left that would go by the wall clock alone, its bytes not counted;
    /// `complain` what could not be removed; `pause` is called after each few.
    public init(
        root: SpoolRoot, policy: RetentionPolicy, identity: JobIdentity, isDryRun: Bool = false,
        report: @escaping @Sendable (RetentionItem) -> Void,
        spare: @escaping @Sendable (RetentionItem) -> Void = { _ in },
        complain: @escaping @Sendable (Failure) -> Void,
        pause: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.root = root
        self.policy = policy
        self.identity = identity
        self.isDryRun = isDryRun
        self.report = report
        self.spare = spare
        self.complain = complain
        self.pause = pause
    }

    /// Goes through everything once. Nobody else does meanwhile: if somebody does already, it is
    /// left to them, and who it is is returned.
    public func run(_ ages: Ages) async throws(Failure) -> FileLock.Held? {
        let now = ages.now
        return try await converting("remove what is not to be kept of \(root.path):") {
            var lock: FileLock?
            if !isDryRun {
                switch try FileLock.take("gc.lock", in: root[.state]) {
                case .success(let own): lock = own
                case .failure(let held): return held
                }
                try await emptyTrash(at: now)
            }
            defer { withExtendedLifetime(lock) {} }
            try await removeSessions(ages)
            try await removeDirectories(ages)
            try await removeJobFiles(ages)
            if !isDryRun, !ages.areDoubtful {
                _ = try await identity.removeStale(at: now) { try await rest(before: $0) }
            }
            return nil
        }
    }

    // MARK: - Sessions

    private func removeSessions(_ ages: Ages) async throws {
        guard policy.limitsSessions else { return }
        let now = ages.now
        var ended = try endedSessions()
        var kept: [SessionID] = []
        let excess = policy.count.map { max(0, ended.count - $0) } ?? 0
        if excess > 0 || policy.bytes != nil { ended = try await inOrderOfClaims(ended) }
        var receipts = ReceiptIndex(root: root)
        for (number, id) in ended.enumerated() {
            try await rest(before: number)
            let isTooMany = number < excess
            // By its name: what began later than that cannot have ended before.
            let isOld = policy.age.map { id.mayBe(older: $0, at: now) } ?? false
            guard isTooMany || isOld else {
                kept.append(id)
                continue
            }
            guard let record = try? root.record(of: id), let outcome = record.outcome else {
                continue
            }
            if isTooMany {
                remove(record, because: .count, at: now, &receipts)
                continue
            }
            switch policy.age.map({ ages.verdict(on: outcome, keptFor: $0) }) {
            case .old: remove(record, because: .age, at: now, &receipts)
            case .doubtful:
                spare(
                    RetentionItem(
                        kind: .session, place: "outputs/\(id)", job: record.job, session: id,
                        reason: .age, bytes: 0))
                kept.append(id)
            case .young, nil: kept.append(id)
            }
        }
        try await removeLargest(kept, at: now, &receipts)
    }

    /// The same sessions, those first that were claimed first; before all, by their names, those of an
    /// earlier version, which have no number.
    private func inOrderOfClaims(_ sessions: [SessionID]) async throws -> [SessionID] {
        var numbers: [SessionID: Int] = [:]
        for (number, id) in sessions.enumerated() {
            try await rest(before: number)
            numbers[id] = SessionRecord.arrival(of: id, in: root[.outputs])
        }
        return sessions.sorted { (numbers[$0] ?? 0, $0) < (numbers[$1] ?? 0, $1) }
    }

    /// Keeps the newest sessions that have so many bytes together.
    private func removeLargest(
        _ sessions: [SessionID], at now: Timestamp, _ receipts: inout ReceiptIndex
    ) async throws {
        guard let limit = policy.bytes else { return }
        var total = 0
        for (number, id) in sessions.reversed().enumerated() {
            try await rest(before: number)
            total += try root[.outputs].sizeOfTree(FileName(id.description))
            if total > limit, let record = try? root.record(of: id), record.outcome != nil {
                remove(record, because: .bytes, at: now, &receipts)
            }
        }
    }

    /// The sessions whose jobs are not on their way any more, by their names. One that has no
    /// outcome all the same is found when its record is read.
    private func endedSessions() throws -> [SessionID] {
        // The sessions first: one whose file is then in none of the directories has ended. Twice,
        // for jobs move between them.
        let sessions = try root[.outputs].entries().compactMap { $0.text.flatMap { SessionID($0) } }
        var inFlight: Set<SessionID> = []
        for state in SpoolDirectory.claimed + SpoolDirectory.claimed {
            inFlight.formUnion(try root[state].entries().compactMap(\.sessionID))
        }
        return sessions.filter { !inFlight.contains($0) }.sorted()
    }

    private func remove(
        _ record: SessionRecord, because reason: RetentionReason, at now: Timestamp,
        _ receipts: inout ReceiptIndex
    ) {
        let id = record.session
        let name = FileName(id.description)
        do {
            let item = RetentionItem(
                kind: .session, place: "outputs/\(id)", job: record.job, session: id,
                reason: reason, bytes: try root[.outputs].sizeOfTree(name))
            guard try root.whereabouts(of: id) == nil else { return }
            if !isDryRun {
                let trash = try trash()
                guard try root[.outputs].rename(name, into: trash, as: name) else { return }
                guard try root.whereabouts(of: id) == nil else {
                    // Somebody took its file up again in this very moment.
                    _ = try trash.rename(name, into: root[.outputs], as: name)
                    return
                }
                try finishRemoval(of: name, record, in: trash, at: now, &receipts)
            }
            report(item)
        } catch {
            let failure = Failure(error, "remove the session \(id):")
            if failure.code != "not_found" { complain(failure) }
        }
    }

    /// From the rename to the end. The receipt says that its outputs are gone.
    private func finishRemoval(
        of name: FileName, _ record: SessionRecord, in trash: Directory, at now: Timestamp,
        _ receipts: inout ReceiptIndex
    ) throws {
        // A full disk may not let us say so before there is room again.
        let isSaid = (try? receipts.mark(record, removed: now)) != nil
        try trash.removeTree(name)
        if !isSaid { try receipts.mark(record, removed: now) }
    }

    // MARK: - Parts of sessions

    private func removeDirectories(_ ages: Ages) async throws {
        guard let soonest = policy.directories.values.min() else { return }
        let due = try endedSessions().filter { $0.mayBe(older: soonest, at: ages.now) }
        for (number, id) in due.enumerated() {
            try await rest(before: number)
            for (name, age) in policy.directories.sorted(by: { $0.key < $1.key })
            where id.mayBe(older: age, at: ages.now) {
                remove(directory: name, of: id, after: age, ages)
            }
        }
    }

    private func remove(
        directory: String, of id: SessionID, after age: Duration, _ ages: Ages
    ) {
        let place = "outputs/\(id)/\(directory)"
        do {
            let session = try root[.outputs].directory(id.description)
            let name = FileName(directory)
            guard try session.contains(name),
                let record = try? SessionRecord.read(from: session), let outcome = record.outcome,
                try root.whereabouts(of: id) == nil
            else { return }
            var item = RetentionItem(
                kind: .directory, place: place, job: record.job, session: id, reason: .age,
                bytes: 0)
            switch ages.verdict(on: outcome, keptFor: age) {
            case .young: return
            case .doubtful: return spare(item)
            case .old: item.bytes = try session.sizeOfTree(name)
            }
            if !isDryRun {
                let trash = try trash()
                let gone = FileName("\(id).\(directory)")
                guard try session.rename(name, into: trash, as: gone) else { return }
                if try root.whereabouts(of: id) != nil {
                    // Somebody took its file up again in this very moment. If it is made anew already,
                    // what it held is too.
                    _ = try trash.rename(gone, into: session, as: name)
                    return
                }
                try trash.removeTree(gone)
            }
            report(item)
        } catch {
            let failure = Failure(error, "remove \(place):")
            if failure.code != "not_found" { complain(failure) }
        }
    }

    // MARK: - Files of jobs

    /// Removes old files of done/, failed/ and rejected/ with their receipts: the file first, so
    /// that none is without. A file that has no receipt of ours is not ours to remove.
    private func removeJobFiles(_ ages: Ages) async throws {
        guard let age = policy.jobFiles else { return }
        let reader = ReceiptReader(root: root)
        for state in [SpoolDirectory.done, .failed, .rejected] {
            let names = try root[state].entries().sorted()
            for (number, name) in names.enumerated() where name.withoutReceipt != nil {
                try await rest(before: number)
                guard let status = try root[state].status(name),
                    reader.objection(to: status, in: root[state]) == nil,
                    let file = FileName(bytes: name.bytes.dropLast(".receipt".utf8.count))
                else { continue }
                let end = Timestamp(secondsSince1970: status.modified)
                // Only of one that may be due it has to be known what it says.
                guard ages.mayBeOver(end, keptFor: age) else { continue }
                var item = RetentionItem(
                    kind: .jobFile, place: "\(state.rawValue)/\(file.display)", job: file.display,
                    session: nil, reason: .age, bytes: 0)
                do {
                    let moment = reader.receipt(of: file, in: state)?.times.ended
                    switch ages.verdict(on: end, moment, keptFor: age) {
                    case .young: continue
                    case .doubtful:
                        spare(item)
                        continue
                    case .old: item.bytes = try root[state].sizeOfTree(file) + status.size
                    }
                    if !isDryRun {
                        try root[state].removeTree(file)
                        try root[state].remove(name)
                    }
                    report(item)
                } catch {
                    complain(Failure(error, "remove \(state.rawValue)/\(file.display):"))
                }
            }
        }
    }

    // MARK: - What an interrupted round left

    private func trash() throws(SystemError) -> Directory {
        try root[.outputs].make(Self.trashName)
        return try root[.outputs].directory(Self.trashName.display)
    }

    private func emptyTrash(at now: Timestamp) async throws {
        guard try root[.outputs].contains(Self.trashName) else { return }
        let trash = try trash()
        var receipts = ReceiptIndex(root: root)
        for (number, name) in try trash.entries().sorted().enumerated() {
            try await rest(before: number)
            do {
                let bytes = try trash.sizeOfTree(name)
                let id = name.text.flatMap { SessionID($0) }
                let record = try? SessionRecord.read(from: trash.directory(name.display))
                if let record, id == record.session {
                    try finishRemoval(of: name, record, in: trash, at: now, &receipts)
                } else {
                    try trash.removeTree(name)
                }
                report(
                    RetentionItem(
                        kind: id == nil ? .directory : .session,
                        place: "outputs/.trash/\(name.display)", job: record?.job, session: id,
                        reason: .leftover, bytes: bytes))
            } catch {
                complain(Failure(error, "remove outputs/.trash/\(name.display):"))
            }
        }
    }

    private func rest(before number: Int) async throws {
        guard number > 0, number % Self.batch == 0 else { return }
        try Task.checkCancellation()
        try await pause()
    }
}

extension SessionID {
    /// Whether a session of this name may have ended so long before `now`: it was begun before that, or
    /// by a clock that was wrong.
    fileprivate func mayBe(older age: Duration, at now: Timestamp) -> Bool {
        let next = SessionID(at: max(0, Int(now.secondsSince1970.rounded(.up)) + 1), JobHandle(0))
        if self > next { return true }
        let limit = now.secondsSince1970 - age.seconds
        // Below that there are no names to compare with.
        guard limit > 0 else { return false }
        return self < SessionID(at: Int(limit.rounded(.up)) + 1, JobHandle(0))
    }
}
