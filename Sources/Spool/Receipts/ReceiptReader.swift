import Core
import Linux

/// The one reader of receipts: it believes what the daemon wrote, and nothing else.
///
/// Whoever may make files beside a job's could write what looks like a receipt, or link to another
/// job's. One of the daemon's is a regular file with one name, and belongs to the daemon's user; or to
/// root, who may have stood in for it. It may have other names where only the daemon can make some, as in a root
/// that was copied by hard links.
public struct ReceiptReader: Sendable {
    /// What is there by the name of a receipt.
    enum Reading {
        /// Nothing.
        case none
        /// What the daemon wrote.
        case receipt(Receipt)
        /// Something that the daemon did not write: why it is not believed, as the end of a sentence.
        case foreign(String)
        /// The daemon's own, but it cannot be understood or read.
        case unreadable(Failure)
    }

    private let root: SpoolRoot
    /// The user that the daemon runs as: who owns `state/`, which it makes for itself.
    public let daemon: UInt32

    /// Reads under `root`.
    public init(root: SpoolRoot) {
        self.root = root
        daemon = (try? root[.state].status())?.owner ?? 0
    }

    /// Whether the daemon made a file. Root may have stood in for it.
    func isDaemons(_ status: FileStatus) -> Bool {
        status.owner == daemon || status.owner == 0
    }

    /// What the daemon wrote about a file of a terminal directory; nil if it wrote nothing that can
    /// be read.
    func receipt(of file: FileName, in state: SpoolDirectory) -> Receipt? {
        guard case .receipt(let receipt) = try? read(file.appending(".receipt"), in: state) else {
            return nil
        }
        return receipt
    }

    /// The session that the receipt of a file names, unless that session's own record says that it is
    /// another job's.
    func session(of file: FileName, in state: SpoolDirectory) -> SessionID? {
        guard let session = receipt(of: file, in: state)?.session else { return nil }
        guard let record = try? root.record(of: session) else { return session }
        return record.isOfJob(filedAs: file) ? session : nil
    }

    /// Reads a receipt by its own name. Throws when the machine does not let it be read, which says
    /// nothing about it.
    func read(_ name: FileName, in state: SpoolDirectory) throws(Failure) -> Reading {
        let directory = root[state]
        do throws(SystemError) {
            // What is no file is not opened: a device may do something then.
            guard let seen = try directory.status(name) else { return .none }
            if let objection = objection(to: seen, in: directory) { return .foreign(objection) }
            let file = try directory.open(entry: name)
            // It may have been exchanged before it was opened.
            if let objection = objection(to: try file.status(), in: directory) {
                return .foreign(objection)
            }
            let bytes = try file.read(limit: RecordFile.limit + 1)
            do throws(Failure) {
                return .receipt(
                    try RecordFile.decode(
                        Receipt.self, from: bytes, subject: directory.subject(name)))
            } catch {
                return .unreadable(error)
            }
        } catch {
            let failure = error.failure("read the receipt")
            switch failure.code {
            case "not_found": return .none
            case "is_link": return .foreign("it is a symbolic link")
            default:
                guard failure.kind == .permanent else { throw failure }
                return .unreadable(failure)
            }
        }
    }

    /// Why what has this status is none of the daemon's, as the end of a sentence; nil if it may be.
    func objection(to status: FileStatus, in directory: Directory) -> String? {
        if status.kind != .regular { return "it is a \(status.kind.rawValue)" }
        if !isDaemons(status) { return "it belongs to \(UserAccount.text(status.owner))" }
        if status.links != 1, !isClosed(directory) {
            return "it has \(status.links) names, and others than the daemon could make one here"
        }
        return nil
    }

    /// Whether nobody but the daemon's user and root can make names in a directory.
    private func isClosed(_ directory: Directory) -> Bool {
        guard let status = try? directory.status() else { return false }
        return isDaemons(status) && status.mode & 0o022 == 0
    }
}

extension SessionRecord {
    /// Whether the session's job may have this name in a terminal directory: the one that it was dropped
    /// under, with a number where that was taken.
    func isOfJob(filedAs file: FileName) -> Bool {
        let own = FileName(job).numbered(1)
        return own == file || own == file.unnumbered
    }
}
