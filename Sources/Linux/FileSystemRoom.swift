import Glibc

/// What a file system has left for those who are not root. See statvfs(3).
public struct FileSystemRoom: Hashable, Sendable {
    /// Free bytes.
    public var bytes: Int
    /// How many files can still be made; nil where the file system does not count them.
    public var files: Int?
    /// Whether nothing can be written there at all.
    public var isReadOnly = false

    /// So much room.
    public init(bytes: Int, files: Int?) {
        self.bytes = bytes
        self.files = files
    }

    /// Whether there is next to none.
    public var isNone: Bool { bytes < 1 << 20 || files == 0 }

    /// What keeps everybody from writing, and what to do about it, as the ends of sentences; nil if nothing does.
    public var obstacle: (cause: String, hint: String)? {
        if isReadOnly {
            return (
                "its file system is read-only",
                "Mount it writable again; if its disk failed, the kernel log says how"
            )
        }
        guard isNone else { return nil }
        return files == 0
            ? ("its file system can hold no more files", "Remove some; 'df -i' counts them")
            : ("its file system is full", "Free some space; 'df' shows how much there is")
    }
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
        var result = FileSystemRoom(
            bytes: overflows ? .max : bytes,
            files: room.f_files > 0 ? Int(clamping: room.f_favail) : nil)
        result.isReadOnly = room.f_flag & UInt(ST_RDONLY) != 0
        return result
    }
}
