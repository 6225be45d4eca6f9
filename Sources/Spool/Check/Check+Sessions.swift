import Core
import Glibc
import Linux

/// The sessions, and what they published.
extension Check {
    private static let dropAgain = "Drop the job again: 'reelctl submit done/NAME.json'."

    func checkSessions(_ notes: inout Notes) throws {
        for name in try root[.outputs].entries().sorted() {
            if name == ".staging" || name == Retention.trashName { continue }
            guard let id = name.text.flatMap({ SessionID($0) }),
                try root[.outputs].status(name)?.kind == .directory
            else {
                // One that is gone meanwhile is none.
                if try root[.outputs].contains(name) {
                    notes.findings.append(unknown(name, in: "outputs"))
                }
                continue
            }
            do throws(Failure) {
                guard let record = try root.record(of: id) else { continue }
                guard record.session == id else {
                    try noteDamage(id, "The record is that of \(record.session).", &notes)
                    continue
                }
                try check(record, &notes)
            } catch {
                guard error.kind == .permanent else { throw error }
                guard !error.isOfVersion else {
                    notes.findings.append(
                        newer("outputs/\(id)/metadata/session.json", error, session: id))
                    continue
                }
                try noteDamage(id, error.message, isReadable: !error.isOfPermission, &notes)
            }
        }
    }

    private func check(_ record: SessionRecord, _ notes: inout Notes) throws(Failure) {
        try converting("check the session \(record.session):") {
            let place = try root.whereabouts(of: record.session)
            if record.outcome == nil {
                guard place == nil else { return try checkIdentity(record, &notes) }
                // Between the two looks it may have ended, or been removed.
                guard let again = try? root.record(of: record.session), again.outcome == nil,
                    try root.whereabouts(of: record.session) == nil
                else { return }
                noteMissingFile(record, &notes)
            } else if place == nil {
                // One that is still in active/ is filed by the daemon, which then clears up too.
                let session = try root[.outputs].directory(record.session.description)
                try checkWork(record, session, &notes)
                try checkOutputs(record, session, &notes)
                if let outcome = record.outcome, notes.receipts[record.session] == nil,
                    outcome.state != .rejected
                {
                    notes.unpaired[FileName(record.job).numbered(1), default: []].append(
                        record.session)
                }
            }
        }
    }

    private func checkIdentity(_ record: SessionRecord, _ notes: inout Notes) throws {
        guard let id = record.id,
            try !identity.isHeld(id, of: record.owner, by: record.session)
        else { return }
        notes.findings.append(
            CheckFinding(
                kind: .unindexedID, place: "outputs/\(record.session)", session: record.session,
                what: "The job's id, '\(id)', is not on record as its own.",
                remedies: [.index(id, record)]))
    }

    private func noteMissingFile(_ record: SessionRecord, _ notes: inout Notes) {
        let id = record.session
        let hasCopy = (try? root[.outputs].directory("\(id)/metadata").contains("job.json")) == true
        notes.findings.append(
            CheckFinding(
                kind: .sessionWithoutFile, place: "outputs/\(id)", session: id,
                what:
                    "The session has not ended, and the file of its job '\(record.job)' is in none of active/, deferred/ and held/.",
                remedies: hasCopy ? [.restoreFile(id)] : [],
                advice: "The session has no copy of the job spec: drop the job again."))
    }

    private func checkWork(
        _ record: SessionRecord, _ session: Directory, _ notes: inout Notes
    ) throws {
        // The finished steps of a job that failed may wait for another try.
        let name = Session.workName
        guard record.outcome?.state == .done, let status = try session.status(name),
            !isFresh(status)
        else { return }
        let place = "outputs/\(record.session)"
        // What waits there may be what final_output/ lacks: that is looked at first.
        let lacking = try missingOutputs(of: record, session).contains {
            try $0.output.matches(in: session)
        }
        guard !lacking else { return }
        notes.findings.append(
            CheckFinding(
                kind: .leftover, place: "\(place)/\(name.display)", session: record.session,
                what: "The job is done, and this was only for its work.",
                remedies: [.remove(place, name)]))
    }

    private func missingOutputs(
        of record: SessionRecord, _ session: Directory
    ) throws -> [SessionRecord.PublishedFile] {
        guard record.outcome?.state == .done else { return [] }
        guard try session.contains("final_output") else { return record.publication ?? [] }
        let published = try session.directory("final_output")
        return try (record.publication ?? []).filter {
            try !published.contains(FileName($0.name))
        }
    }

    private func checkOutputs(
        _ record: SessionRecord, _ session: Directory, _ notes: inout Notes
    ) throws {
        let id = record.session
        let place = "outputs/\(id)/final_output"
        for file in try missingOutputs(of: record, session) {
            let waits = try file.output.matches(in: session) && session.contains("final_output")
            notes.findings.append(
                CheckFinding(
                    kind: .missingOutput, place: "\(place)/\(FileName(file.name).display)",
                    session: id, what: "A file that the job '\(record.job)' published is gone.",
                    remedies: waits ? [.publish(id, file)] : [],
                    advice: Self.dropAgain))
        }
        guard try session.contains("final_output") else { return }
        let published = try session.directory("final_output")
        let files = Dictionary(
            (record.publication ?? record.filesToPublish).map { (FileName($0.name), $0) },
            uniquingKeysWith: { $1 })
        for name in try published.entries().sorted() {
            guard let file = files[name] else {
                notes.findings.append(
                    CheckFinding(
                        kind: .unknownOutput, place: "\(place)/\(name.display)", session: id,
                        what: "The job '\(record.job)' did not publish this.",
                        remedies: [.setAside(place, name)]))
                continue
            }
            if let change = try change(of: file, name, in: published, session) {
                notes.findings.append(
                    CheckFinding(
                        kind: .changedOutput, place: "\(place)/\(name.display)", session: id,
                        what: change, advice: Self.dropAgain))
            }
        }
    }

    /// What is different about a published file; nil if nothing is.
    private func change(
        of file: SessionRecord.PublishedFile, _ name: FileName, in published: Directory,
        _ session: Directory
    ) throws -> String? {
        guard let status = try published.status(name) else { return nil }
        guard status.kind == .regular else { return "It is a \(status.kind.rawValue)." }
        guard status.size == file.output.bytes else {
            return "It has \(status.size) bytes, and was published with \(file.output.bytes)."
        }
        let copy = SessionRecord.OutputRecord(
            place: "final_output/\(file.name)", bytes: file.output.bytes,
            sha256: file.output.sha256)
        if try !isDeep || copy.matches(in: session) { return nil }
        return "Its bytes are not those that were published."
    }

    // MARK: - Damage

    private func noteDamage(
        _ id: SessionID, _ what: String, isReadable: Bool = true, _ notes: inout Notes
    ) throws(Failure) {
        try converting("check the session \(id):") {
            // Removed while it was read.
            guard try root[.outputs].contains(FileName(id.description)) else { return }
            var remedies = [Remedy.setAside("outputs", FileName(id.description))]
            // Its outputs stay where they are if a receipt says what they are.
            if try root.whereabouts(of: id) == nil, let found = notes.receipts[id],
                case .receipt(let receipt) = try receipts.read(found.name, in: found.state),
                let record = SessionRecord(rebuiltFrom: receipt, of: found.name)
            {
                let metadata = "outputs/\(id)/metadata"
                let hasRecord =
                    (try? root.directory.directory(metadata).contains("session.json")) == true
                remedies = hasRecord ? [.setAside(metadata, "session.json")] : []
                remedies.append(.writeRecord(record))
            }
            notes.findings.append(
                CheckFinding(
                    kind: .damagedRecord, place: "outputs/\(id)/metadata/session.json",
                    session: id, what: what, remedies: isReadable ? remedies : [],
                    advice: "Make it readable for the owner of the root."))
        }
    }
}

extension SessionRecord {
    /// What a receipt says of a session that has ended; nil if it does not say enough.
    fileprivate init?(rebuiltFrom receipt: Receipt, of name: FileName) {
        guard let session = receipt.session, let claimed = receipt.times.claimed else { return nil }
        self.init(
            session: session, job: receipt.job,
            header: JobHeader(
                pipeline: receipt.pipeline ?? "", labels: receipt.labels, id: receipt.id),
            arrived: receipt.times.arrived ?? claimed, claimed: claimed)
        publication =
            receipt.outputs.isEmpty
            ? nil
            : receipt.outputs.map { output in
                let file = output.path.split(separator: "/").last.map(String.init) ?? ""
                return PublishedFile(
                    name: file,
                    output: OutputRecord(
                        place: "final_output/\(file)", bytes: output.bytes, sha256: output.sha256))
            }
        outcome = Outcome(
            state: receipt.state, failure: receipt.error.map(Failure.init(rebuiltFrom:)),
            stage: receipt.error?.stage, finished: receipt.times.finished)
    }
}

extension Failure {
    /// Whether it says nothing about the file, but that it is not for us.
    var isOfPermission: Bool { code == "no_permission" }

    /// A failure as its receipt words it.
    fileprivate init(rebuiltFrom problem: Receipt.Problem) {
        self.init(
            .permanent, code: problem.code, operation: "make", subject: "the job",
            cause: problem.message, hint: problem.hint)
    }
}
