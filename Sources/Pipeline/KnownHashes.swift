import Core
import Glibc
import Linux
import Spool
import Synchronization

/// Hashes of a session's files, each computed once for as long as stat(2) shows that nobody has written to
/// the file since: by its inode, size and times, of which nobody but the kernel sets that of the last change.
final class KnownHashes: Sendable {
    private struct Known {
        var status: FileStatus
        var sha256: String
    }

    /// A file that was changed so short a time before it was hashed may be changed once more without its
    /// times showing it: clocks of file systems tick.
    private static let tick = 0.1

    /// Held while one is computed: steps that end together have read the same files.
    private let known = Mutex<[ExactText: Known]>([:])

    /// SHA-256 of the bytes the file at a place has now; nil if it is no file of the session's own.
    func hash(of place: String, in session: Directory) -> String? {
        known.withLock { known in
            let now = Timestamp.now.secondsSince1970
            guard let file = try? session.open(place, O_RDONLY), let status = try? file.status()
            else { return nil }
            let key = ExactText(place)
            if let before = known[key], before.status == status { return before.sha256 }
            let record = try? SessionRecord.OutputRecord(of: file, place: place)
            let isSettled = max(status.changed, status.modified) + Self.tick < now
            known[key] = record.flatMap { record in
                isSettled ? Known(status: status, sha256: record.sha256) : nil
            }
            return record?.sha256
        }
    }
}
