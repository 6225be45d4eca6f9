import Core
import Linux

/// Files under `rejected/` what was found to be no job, and only that: whatever has come in its
/// place since is given back.
public struct Rejection: Sendable {
    /// What became of the file.
    public enum Result: Sendable {
        /// It is in `rejected/`, under this name.
        case filed(FileName)
        /// There is another in its place, or it has other bytes by now: to be looked at.
        case changed
        /// It was gone.
        case gone
    }

    private let root: SpoolRoot
    private let archive: Archive

    /// Rejects under `root`.
    public init(root: SpoolRoot, archive: Archive) {
        self.root = root
        self.archive = archive
    }

    /// Moves `name` of `inbox`, which had this status when it was judged, to `rejected/`.
    ///
    /// No call renames one file and not another that has taken its name, so it is looked at once
    /// it is where nobody exchanges it.
    public func reject(
        _ name: FileName, of inbox: Directory, judgedAs judged: FileStatus,
        because failure: Failure, at now: Timestamp
    ) throws(Failure) -> Result {
        let receipt = Receipt(
            rejecting: name, because: failure,
            arrived: Timestamp(secondsSince1970: judged.modified), at: now, .now)
        let filed = try archive.file(name, of: inbox, droppedAs: name, receipt)
        guard let filed else { return .gone }
        return try converting("reject \(name.display):") {
            guard let status = try root[.rejected].status(filed) else { return .gone }
            if status.hasSameBytes(as: judged) { return .filed(filed) }
            try giveBack(filed, to: inbox, as: name)
            try root[.rejected].remove(filed.appending(".receipt"))
            try root.sync.sync(inbox)
            try root.sync.sync(root[.rejected])
            return .changed
        }
    }

    private func giveBack(_ filed: FileName, to inbox: Directory, as name: FileName) throws {
        var number = 1
        while try !root[.rejected].rename(filed, into: inbox, as: name.numbered(number)) {
            number += 1
        }
    }
}
