import Core
import Glibc
import Linux

/// One daemon works under a root, and knows that it is still the root that everybody means.
///
/// What is locked is the directory itself: nobody can put another in its place and have another lock.
/// Where its path leads is a different question, which has to be asked again now and then.
extension SpoolRoot {
    /// Tells who holds the root, and is locked too: between machines that share it, some file systems
    /// know only locks on files, and a daemon of an earlier version has no other.
    private static let lockName: FileName = "lock"

    /// A root that is locked for as long as this is kept.
    public struct Lock: Sendable {
        private let locks: [FileLock]

        fileprivate init(_ locks: [FileLock]) { self.locks = locks }
    }

    /// Locks the root for this process, or says who has it.
    public func lock() throws(SystemError) -> Result<Lock, FileLock.Held> {
        let own: FileLock
        switch try FileLock.take(directory, held: Self.lockName, in: self[.state]) {
        case .success(let lock): own = lock
        case .failure(let held): return .failure(held)
        }
        return try FileLock.take(Self.lockName, in: self[.state]).map { Lock([own, $0]) }
    }

    /// Whether some process has the root locked.
    public func isLocked() throws(SystemError) -> Bool {
        if try FileLock.isHeld(directory) { return true }
        // Shared with a copy by hard links it says nothing about this root.
        if let links = try self[.state].status(Self.lockName)?.links, links > 1 { return false }
        return try FileLock.isHeld(Self.lockName, in: self[.state])
    }

    /// The directory, the root or one in it, whose path leads to another by now, or nowhere: it was moved,
    /// replaced or mounted over. Where that is not to be seen, it is as it was. Those that others drop things
    /// into are looked at for themselves, and taken as they come.
    public var replaced: Directory? {
        let states = SpoolDirectory.allCases.filter { ![.inbox, .control].contains($0) }
        let directories =
            [(given, directory)] + states.map { ("\(given)/\($0.rawValue)", self[$0]) }
            + [("\(given)/\(SpoolDirectory.outputs.rawValue)/.staging", staging)]
        return directories.first { Self.leads($0.0, elsewhereThan: $0.1) }?.1
    }

    private static func leads(_ path: String, elsewhereThan directory: Directory) -> Bool {
        var status = stat()
        if stat(path, &status) != 0 { return errno == ENOENT || errno == ENOTDIR }
        // What the open one says now, too: some file systems number a directory anew when it is changed.
        // One that was removed has no name any more, and its number may be another's by now.
        guard let own = try? directory.status() else { return false }
        return own.links == 0 || FileStatus.Identity(status) != own.identity
    }
}
