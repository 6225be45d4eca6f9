import Core
import Linux

/// Finds the receipt of a session. A receipt has the name its file was dropped under, with a
/// number where that was taken, so it is looked for among those of that name; each is read once.
struct ReceiptIndex {
    private struct Key: Hashable {
        var state: SpoolDirectory
        var job: FileName
    }

    private let root: SpoolRoot
    private let reader: ReceiptReader
    /// The receipts of each name as it was dropped, not read yet, the lowest number last.
    private var unread: [Key: [FileName]] = [:]
    private var listed: Set<SpoolDirectory> = []
    private var found: [SessionID: (name: FileName, receipt: Receipt)] = [:]

    init(root: SpoolRoot) {
        self.root = root
        reader = ReceiptReader(root: root)
    }

    /// Says in the receipt of a session that all it made was removed. There may be none: a job
    /// that was dropped again has a newer one.
    mutating func mark(_ record: SessionRecord, removed moment: Timestamp) throws {
        guard let state = record.outcome?.state, let found = try receipt(of: record, in: state)
        else { return }
        var receipt = found.receipt
        guard receipt.removed == nil else { return }
        receipt.removed = moment
        try root[state].write(
            RecordFile.encode(receipt), to: found.name,
            by: FileName("\(state.rawValue)-\(found.name.checksum).new"), in: root[.state])
        // It is as old as the end of its job.
        try root[state].setModified(
            found.name, to: Int(receipt.times.finished.secondsSince1970.rounded(.down)))
    }

    private mutating func receipt(
        of record: SessionRecord, in state: SpoolDirectory
    ) throws -> (name: FileName, receipt: Receipt)? {
        if let known = found.removeValue(forKey: record.session) { return known }
        if listed.insert(state).inserted { try list(state) }
        let key = Key(state: state, job: FileName(record.job).numbered(1))
        while let name = unread[key]?.popLast() {
            guard case .receipt(let receipt) = try? reader.read(name, in: state),
                let session = receipt.session
            else { continue }
            if session == record.session { return (name, receipt) }
            found[session] = (name, receipt)
        }
        return nil
    }

    private mutating func list(_ state: SpoolDirectory) throws {
        for name in try root[state].entries().sorted().reversed() {
            guard let file = name.withoutReceipt else { continue }
            unread[Key(state: state, job: file.unnumbered), default: []].append(name)
            // A name that was dropped with a number of its own.
            if file.unnumbered != file {
                unread[Key(state: state, job: file), default: []].append(name)
            }
        }
    }
}
