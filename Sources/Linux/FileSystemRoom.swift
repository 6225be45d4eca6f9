import Glibc

/// What a file system has left for those who are not root. See statvfs(3).
public struct FileSystemRoom: Hashable, Sendable {
    /// Free bytes.
    public var bytes: Int
    /// How many files can still be made; nil where the file system does not count them.
    public var files: Int?

    /// So much room.
    public init(bytes: Int, files: Int?) {
        self.bytes = bytes
        self.files = files
    }

    /// Whether there is next to none.
    public var isNone: Bool { bytes < 1 << 20 || files == 0 }
}

extension Directory {
    /// What its file system has left.
    public func room() throws(SystemError) -> FileSystemRoom {
        var room = statvfs()
        guard fstatvfs(number, &room) == 0 else { throw SystemError("fstatvfs", path) }
        // The product does not fit where quotas or remote file systems make up a number.
        let (bytes, overflows) = Int(clamping: room.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: room.f_frsize))
        // Some, such as btrfs, do not count files and say 0 of 0.
        return FileSystemRoom(
            bytes: overflows ? .max : bytes,
            files: room.f_files > 0 ? Int(clamping: room.f_favail) : nil)
    }
}
