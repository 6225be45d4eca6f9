import Core
import Glibc
import Linux

/// The terminal directories: each file and its receipt.
extension Check {
    func checkTerminals(_ notes: inout Notes) throws {
        for state in SpoolDirectory.terminal {
            // Receipts come before their files and go after them, so the names are read in two goes:
            // a file of the first has its receipt in the second.
            let files = try root[state].entries().filter(\.isJSON)
            let names = Set(try root[state].entries())
            for file in files.sorted() where !names.contains(file.appending(".receipt")) {
                guard try root[state].contains(file) else { continue }
                notes.unexplained.append(
                    .init(
                        state: state, file: file, kind: .fileWithoutReceipt,
                        what: "The file has no receipt."))
            }
            for name in names.sorted() where !name.isJSON {
                if name.withoutReceipt != nil {
                    try checkReceipt(name, in: state, &notes)
                } else if try root[state].contains(name) {
                    notes.findings.append(unknown(name, in: state.rawValue))
                }
            }
        }
    }

    private func checkReceipt(
        _ name: FileName, in state: SpoolDirectory, _ notes: inout Notes
    ) throws {
        guard let file = name.withoutReceipt else { return }
        let receipt: Receipt
        switch try receipts.read(name, in: state) {
        case .none: return
        case .receipt(let own): receipt = own
        case .foreign(let objection):
            return try noteForeign(name, of: file, objection, in: state, &notes)
        case .unreadable(let failure) where failure.isOfPermission:
            notes.findings.append(
                CheckFinding(
                    kind: .damagedReceipt, place: "\(state.rawValue)/\(file.display)",
                    what: failure.message, advice: "Make it readable for the owner of the root."))
            return
        case .unreadable(let failure) where failure.isOfVersion:
            notes.findings.append(newer("\(state.rawValue)/\(file.display)", failure))
            return
        case .unreadable:
            notes.unexplained.append(
                .init(
                    state: state, file: file, kind: .damagedReceipt,
                    what: "The receipt cannot be read."))
            return
        }
        guard try root[state].contains(file) else {
            try noteReceiptAlone(name, receipt, in: state, &notes)
            return
        }
        if let session = receipt.session { notes.receipts[session] = (state, name) }
        guard receipt.state == state else {
            noteWrongPlace(file, receipt, in: state, &notes)
            return
        }
        guard let session = receipt.session else { return }
        let record: SessionRecord?
        do throws(Failure) { record = try root.record(of: session) } catch {
            // A damaged record is a finding of its own.
            guard error.kind == .permanent else { throw error }
            return
        }
        guard let record, record.session == session else {
            if record == nil { try noteMissingSession(name, receipt, in: state, &notes) }
            return
        }
        guard let outcome = record.outcome else { return }
        let due = Receipt(record, outcome)
        guard due.state != state || due.outputs != receipt.outputs else { return }
        notes.findings.append(
            CheckFinding(
                kind: .wrongReceipt, place: "\(state.rawValue)/\(name.display)", session: session,
                what: due.state == state
                    ? "The receipt names other outputs than the session does."
                    : "The receipt says \(state.rawValue), and the session \(due.state.rawValue).",
                remedies: due.state == state
                    ? [.setAside(state.rawValue, name), .writeReceipt(state, name, due)]
                    : [
                        .setAside(state.rawValue, name), .writeReceipt(state, name, due),
                        .fileUnder(due.state, file, from: state),
                    ]))
    }

    /// What the daemon did not write says nothing about the file; it is set aside, and what the daemon
    /// has to say is written anew.
    private func noteForeign(
        _ name: FileName, of file: FileName, _ objection: String, in state: SpoolDirectory,
        _ notes: inout Notes
    ) throws {
        let what = "The daemon did not write this receipt: \(objection)."
        if try root[state].contains(file) {
            notes.unexplained.append(
                .init(state: state, file: file, kind: .foreignReceipt, what: what))
        } else {
            notes.findings.append(
                CheckFinding(
                    kind: .foreignReceipt, place: "\(state.rawValue)/\(file.display)", what: what,
                    remedies: [.setAside(state.rawValue, name)]))
        }
    }

    private func noteReceiptAlone(
        _ name: FileName, _ receipt: Receipt, in state: SpoolDirectory, _ notes: inout Notes
    ) throws {
        // One that is just about to be filed.
        if let session = receipt.session, try root.whereabouts(of: session) != nil { return }
        guard try root[state].contains(name) else { return }
        notes.findings.append(
            CheckFinding(
                kind: .receiptWithoutFile, place: "\(state.rawValue)/\(name.display)",
                session: receipt.session, what: "The job's file is not beside its receipt.",
                remedies: [.setAside(state.rawValue, name)]))
    }

    private func noteWrongPlace(
        _ file: FileName, _ receipt: Receipt, in state: SpoolDirectory, _ notes: inout Notes
    ) {
        let canMove = SpoolDirectory.terminal.contains(receipt.state)
        notes.findings.append(
            CheckFinding(
                kind: .wrongReceipt, place: "\(state.rawValue)/\(file.display).receipt",
                session: receipt.session,
                what: "The receipt says that the job is \(receipt.state.rawValue).",
                remedies: canMove
                    ? [.fileUnder(receipt.state, file, from: state)]
                    : [.setAside(state.rawValue, file.appending(".receipt"))]))
    }

    private func noteMissingSession(
        _ name: FileName, _ receipt: Receipt, in state: SpoolDirectory, _ notes: inout Notes
    ) throws {
        // Said by the receipt, or about to be: the session may be on its way out.
        guard let session = receipt.session, receipt.removed == nil, !receipt.outputs.isEmpty,
            case .receipt(let again) = try receipts.read(name, in: state), again.removed == nil
        else { return }
        var marked = receipt
        marked.removed = now()
        notes.findings.append(
            CheckFinding(
                kind: .missingSession, place: "\(state.rawValue)/\(name.display)",
                session: session,
                what: "The session that the receipt names is gone, with all that was published.",
                remedies: [.writeReceipt(state, name, marked)]))
    }

    /// Looks for the sessions of files that have no receipt; by them it can be written anew.
    func pairReceipts(_ notes: inout Notes) throws {
        for item in notes.unexplained {
            let name = item.file.appending(".receipt")
            let (receipt, isKnown) = try receiptAnew(for: item, notes)
            notes.findings.append(
                CheckFinding(
                    kind: item.kind, place: "\(item.state.rawValue)/\(item.file.display)",
                    session: receipt.session,
                    what: item.what + (isKnown ? "" : " No session is known to be its own."),
                    remedies: (item.kind == .fileWithoutReceipt
                        ? [] : [.setAside(item.state.rawValue, name)])
                        + [.writeReceipt(item.state, name, receipt)]))
        }
    }

    private func receiptAnew(
        for item: Notes.Unexplained, _ notes: Notes
    ) throws -> (Receipt, isKnown: Bool) {
        let bytes = try? root[item.state].open(entry: item.file).read(limit: largestSpec + 1)
        for key in Set([item.file, item.file.unnumbered]).sorted() {
            for id in notes.unpaired[key] ?? [] {
                let session = try root[.outputs].directory(id.description)
                guard let record = try? SessionRecord.read(from: session),
                    let outcome = record.outcome, outcome.state == item.state, let bytes,
                    bytes == (try? session.read("metadata/job.json", limit: largestSpec))
                else { continue }
                return (Receipt(record, outcome), true)
            }
        }
        let status = try root[item.state].status(item.file)
        let lost = Failure(
            .permanent, code: "receipt_lost", operation: "say what became of",
            subject: item.file.display, cause: "its receipt was lost",
            hint: "Look for its session in outputs/ by the time, or drop it again")
        var receipt = Receipt(
            rejecting: item.file, because: lost,
            arrived: status.map { Timestamp(secondsSince1970: $0.modified) },
            at: status.map { Timestamp(secondsSince1970: $0.changed) } ?? now())
        receipt.state = item.state
        return (receipt, false)
    }
}
