import Core
import Glibc
import Linux

/// Out of the terminal directories again.
///
/// A receipt is about the file beside it. When the file is taken back the receipt goes too, lest it
/// claim a failure that is not one any more; it goes last, so that no file is ever without.
extension Archive {
    /// Moves a file back into the inbox, under its name or the next that is free there, and removes
    /// its receipt. Returns the name it got; nil if there was no file.
    public func takeBack(
        _ name: FileName, from state: SpoolDirectory, into inbox: Directory
    ) throws(Failure) -> FileName? {
        try takeBack(name, from: state) {
            (try root[state].rename(name, intoFreeNameOf: inbox), inbox)
        }
    }

    /// Moves a file back into `active/`, as that of a session, and removes its receipt. Returns
    /// false if there was no file, or the session has one there already.
    public func takeBack(
        _ name: FileName, from state: SpoolDirectory, as session: SessionID
    ) throws(Failure) -> Bool {
        let taken = try takeBack(name, from: state) {
            let file: FileName = "\(session).json"
            guard try root[state].rename(name, into: root[.active], as: file) else { return nil }
            return (file, root[.active])
        }
        return taken != nil
    }

    /// Removes the receipt of a file that somebody has taken back by hand, or a crash cut short;
    /// says whether there was one.
    @discardableResult
    public func removeStaleReceipt(
        of name: FileName, in state: SpoolDirectory
    ) throws(Failure) -> Bool {
        let receipt = name.appending(".receipt")
        return try converting("remove the old receipt of \(name.display):") {
            // One that is being written comes before its file.
            guard try root[state].contains(receipt), take(name, in: state) else { return false }
            defer { release(name, in: state) }
            guard try !root[state].contains(name), try removeReceipt(receipt, in: state) else {
                return false
            }
            try root.sync.sync(root[state])
            return true
        }
    }

    private func takeBack(
        _ name: FileName, from state: SpoolDirectory,
        by move: () throws -> (FileName, Directory)?
    ) throws(Failure) -> FileName? {
        try converting("take back \(name.display) from \(state.rawValue)/:") {
            guard try root[state].contains(name) else { return nil }
            guard take(name, in: state) else {
                throw Failure(
                    .transient, code: "busy", operation: "take back", subject: name.display,
                    cause: "it is only just being filed")
            }
            defer { release(name, in: state) }
            let moved: (name: FileName, directory: Directory)?
            do throws(any Error) { moved = try move() } catch {
                if (error as? SystemError)?.isNoEntry == true { return nil }
                throw error
            }
            guard let moved else { return nil }
            try root.sync.sync(moved.directory)
            try removeReceipt(name.appending(".receipt"), in: state)
            try root.sync.sync(root[state])
            return moved.name
        }
    }

    /// Removes a receipt, or what is in its place; says whether it did. A directory is nobody's receipt
    /// and in nobody's way.
    @discardableResult
    private func removeReceipt(
        _ receipt: FileName, in state: SpoolDirectory
    ) throws(SystemError) -> Bool {
        guard try root[state].status(receipt)?.kind != .directory else { return false }
        return try root[state].remove(receipt)
    }
}

extension Directory {
    /// Renames a job's file, to its name in another directory or the next that is free there, which
    /// is returned.
    public func rename(
        _ name: FileName, intoFreeNameOf target: Directory
    ) throws(SystemError) -> FileName {
        var number = 1
        while try !rename(name, into: target, as: name.numbered(number)) { number += 1 }
        return name.numbered(number)
    }
}

extension SystemError {
    /// Whether what it was about is not there.
    var isNoEntry: Bool { errno == ENOENT }
}
