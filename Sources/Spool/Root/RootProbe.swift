import Core
import Glibc
import Linux

/// Finds out by trying what the file systems under a root can do, and whether they do it at present.
public struct RootProbe: Sendable {
    private let root: SpoolRoot
    private static let name: FileName = "probe.new"
    private static let newName: FileName = "probed.new"

    /// Tries things under `root`.
    public init(root: SpoolRoot) { self.root = root }

    /// Throws if this can be no root: a part of it is on a file system of its own, or a rename could replace
    /// another's file. What is wrong only at present, such as a full disk, is no reason. For who holds the
    /// root's lock.
    public func checkFitness() throws(Failure) {
        for state in SpoolDirectory.allCases {
            if let failure = Self.separation(of: root[state], from: root) { throw failure }
        }
        do throws(SystemError) { try rename() } catch {
            if let failure = Self.unfitness(by: error, of: root.path) { throw failure }
        }
    }

    /// Throws what keeps jobs from being claimed and worked on at present.
    public func checkHealth() throws(Failure) {
        try converting("write in") {
            let state = root[.state]
            // More than fits into an inode, which needs no room.
            let file = try state.create([UInt8](repeating: 0, count: 4096), as: Self.name)
            do throws(SystemError) { try file.sync() } catch {
                _ = try? state.remove(Self.name)
                throw error
            }
            try state.remove(Self.name)
        }
        // As its path leads to it now. One that cannot be opened says why when it is used.
        let inbox = try? root.directory.directory(SpoolDirectory.inbox.rawValue)
        if let failure = inbox.flatMap({ Self.separation(of: $0, from: root) }) { throw failure }
    }

    private func rename() throws(SystemError) {
        let state = root[.state]
        _ = try state.create([], as: Self.name)
        defer { for name in [Self.name, Self.newName] { _ = try? state.remove(name) } }
        try state.remove(Self.newName)
        _ = try state.rename(Self.name, into: state, as: Self.newName)
    }

    /// Why nothing can be moved out of a directory of the root; nil if it can.
    static func separation(of directory: Directory, from root: SpoolRoot) -> Failure? {
        if directory.isOnMount(of: root.directory) { return nil }
        return Failure(
            .permanent, code: "other_file_system", operation: "work under",
            subject: directory.path,
            cause: "something else is mounted there, and files are renamed between it and the rest",
            hint: "Unmount it, or mount all of the root there instead")
    }

    /// What it says of a root of this path that nothing could be renamed there; nil if nothing.
    public static func unfitness(by error: SystemError, of path: String) -> Failure? {
        guard error.call == "renameat2", [EINVAL, ENOSYS, EOPNOTSUPP].contains(error.errno) else {
            return nil
        }
        return Failure(
            .permanent, code: "unfit_file_system", operation: "work under", subject: path,
            cause:
                "its file system has no rename that replaces nothing (renameat2(2), RENAME_NOREPLACE)",
            hint: "Use one such as ext4, XFS or Btrfs, and copy results from there")
    }
}
