import Core
import Glibc
import Linux

/// One thing that a repair does. Nothing that a person may miss is ever removed: what has no place
/// any more goes to `lost/`.
enum Remedy: Sendable {
    /// Gives a directory of the root the mode it is made with.
    case setMode(SpoolDirectory)
    /// Removes what is of no use: a directory beneath the root, and a name in it.
    case remove(String, FileName)
    /// Moves an entry of a directory beneath the root to `lost/`.
    case setAside(String, FileName)
    /// Drops a claimed file again.
    case dropAgain(SpoolDirectory, FileName)
    /// Puts a session's copy of its job spec where the daemon takes it up.
    case restoreFile(SessionID)
    /// Writes a receipt, over what is there.
    case writeReceipt(SpoolDirectory, FileName, Receipt)
    /// Moves a file and its receipt to the terminal directory the receipt says.
    case fileUnder(SpoolDirectory, FileName, from: SpoolDirectory)
    /// Writes a session's record anew.
    case writeRecord(SessionRecord)
    /// Publishes what waits for it.
    case publish(SessionID, SessionRecord.PublishedFile)
    /// Puts a job's id on record.
    case index(String, SessionRecord)

    static let lost = "lost"
}

extension Remedy: CustomStringConvertible {
    var description: String {
        switch self {
        case .setMode(let state): "Sets the mode to \(String(state.mode, radix: 8))."
        case .remove: "Removes it."
        case .setAside(let place, let name):
            "Moves \(place)/\(name.display) to \(Self.shelf(for: place))/."
        case .dropAgain(_, let name): "Drops it again as inbox/\(name.display)."
        case .restoreFile(let id):
            "Puts the session's copy of the job spec into active/\(id).json: the job goes on at the next start."
        case .writeReceipt(let state, let name, _):
            "Writes \(state.rawValue)/\(name.display) anew."
        case .fileUnder(let state, _, _): "Moves both to \(state.rawValue)/."
        case .writeRecord: "Writes the record anew, by what the receipt says."
        case .publish: "Publishes the file, which waits in the session."
        case .index: "Puts the id on record again."
        }
    }

    /// Where in `lost/` things of a directory go: in a directory of their own.
    static func shelf(for place: String) -> String {
        "\(lost)/\(String(place.map { $0 == "/" ? "." : $0 }))"
    }

    /// Does it. What is done already is no error.
    func perform(in root: SpoolRoot, _ identity: JobIdentity, at now: Timestamp)
        async throws(Failure)
    {
        try await converting("repair \(root.path):") {
            switch self {
            case .setMode(let state):
                try root.directory.setMode(FileName(state.rawValue), to: state.mode)
            case .remove(let place, let name): try root.directory.directory(place).removeTree(name)
            case .setAside(let place, let name): try setAside(name, of: place, in: root)
            case .dropAgain(let state, let name):
                try await move(name, of: root[state], to: root[.inbox], in: root)
            case .restoreFile(let id): try await restoreFile(of: id, in: root)
            case .writeReceipt(let state, let name, let receipt):
                try await write(receipt, as: name, in: state, of: root)
            case .fileUnder(let target, let name, let source):
                try await file(name, of: source, under: target, in: root)
            case .writeRecord(let record):
                let directory = try root[.outputs].directory(record.session.description)
                try directory.make("metadata")
                let metadata = try directory.directory("metadata")
                try metadata.write(
                    RecordFile.encode(record), to: "session.json")
                try metadata.sync()
                try directory.sync()
            case .publish(let id, _):
                try root.sync.perform(try await Publication(Session.open(id, in: root)).publish())
            case .index(let id, let record):
                if let refusal = try identity.take(
                    id, of: record.owner, for: record.session, job: record.job, at: now)
                {
                    throw refusal
                }
            }
        }
    }

    private func setAside(_ name: FileName, of place: String, in root: SpoolRoot) throws {
        let source = try root.directory.directory(place)
        guard try source.contains(name) else { return }
        try root.directory.make(FileName(Self.lost))
        let lost = try root.directory.directory(Self.lost)
        let shelfName = FileName(String(Self.shelf(for: place).dropFirst(Self.lost.count + 1)))
        try lost.make(shelfName)
        let shelf = try lost.directory(shelfName.display)
        var number = 1
        var target = name
        while try !source.rename(name, into: shelf, as: target) {
            number += 1
            target = FileName(bytes: name.bytes.prefix(240) + Array("~\(number)".utf8)) ?? name
        }
        for directory in [root.directory, lost, shelf, source] { try directory.sync() }
    }

    /// Moves a job's file, never over another.
    private func move(
        _ name: FileName, of source: Directory, to target: Directory, in root: SpoolRoot
    ) async throws {
        var number = 1
        while try !source.rename(name, into: target, as: name.numbered(number)) { number += 1 }
        try root.sync.sync(target)
        try root.sync.sync(source)
    }

    private func restoreFile(of id: SessionID, in root: SpoolRoot) async throws {
        let session = try root[.outputs].directory(id.description)
        let bytes = try session.read("metadata/job.json", limit: largestSpec)
        try root[.active].write(
            bytes, to: "\(id).json", by: FileName("\(id).new"), in: root[.state])
        try root.sync.sync(root[.active])
    }

    private func write(
        _ receipt: Receipt, as name: FileName, in state: SpoolDirectory, of root: SpoolRoot
    ) async throws {
        try root[state].write(
            RecordFile.encode(receipt), to: name,
            by: FileName("\(state.rawValue)-\(name.checksum).new"), in: root[.state])
        try root[state].setModified(
            name, to: Int(receipt.times.finished.secondsSince1970.rounded(.down)))
        try root.sync.sync(root[state])
    }

    /// The receipt first: whoever sees the file can read it.
    private func file(
        _ name: FileName, of source: SpoolDirectory, under target: SpoolDirectory,
        in root: SpoolRoot
    ) async throws {
        let receipt = name.appending(".receipt")
        var number = 1
        while true {
            let free = name.numbered(number)
            number += 1
            guard try !root[target].contains(free),
                try root[source].rename(
                    receipt, into: root[target], as: free.appending(".receipt"))
            else { continue }
            _ = try root[source].rename(name, into: root[target], as: free)
            break
        }
        try root.sync.sync(root[target])
        try root.sync.sync(root[source])
    }
}
