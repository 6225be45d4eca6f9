import Glibc

/// What stat(2) says about a file, as far as we ask.
public struct FileStatus: Hashable, Sendable {
    /// What kind of file it is.
    public enum Kind: String, Sendable {
        case regular = "regular file"
        case directory = "directory"
        case symbolicLink = "symbolic link"
        case fifo = "FIFO"
        case socket = "socket"
        case device = "device"
    }

    /// What makes two names the same file.
    public struct Identity: Hashable, Sendable {
        /// The file system's device number.
        public let device: UInt64
        /// The file's number on it.
        public let inode: UInt64

        /// What stat(2) says.
        public init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    /// What kind of file it is.
    public let kind: Kind
    /// Which file it is.
    public let identity: Identity
    /// What owner, group and others may do, with the set-id and sticky bits.
    public let mode: UInt32
    /// Its length in bytes.
    public let size: Int
    /// When its bytes last changed, in seconds since 1970.
    public let modified: Double
    /// When its bytes, owner, mode or links last changed, in seconds since 1970.
    public let changed: Double
    /// Its owner.
    public let owner: UInt32
    /// Its group.
    public let group: UInt32
    /// How many names it has.
    public let links: Int

    /// Whether it is the same file with the same bytes, as far as a status tells; its names,
    /// owner and permissions may be others.
    public func hasSameBytes(as other: FileStatus) -> Bool {
        identity == other.identity && size == other.size && modified == other.modified
    }

    /// Whether the members of a group may read it, by its mode.
    public func isForGroup(_ group: UInt32?) -> Bool {
        mode & 0o004 != 0 || mode & 0o040 != 0 && self.group == group
    }

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFIFO: kind = .fifo
        case S_IFSOCK: kind = .socket
        default: kind = .device
        }
        identity = Identity(status)
        mode = status.st_mode & 0o7777
        size = Int(status.st_size)
        modified = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
        changed = Double(status.st_ctim.tv_sec) + Double(status.st_ctim.tv_nsec) * 1e-9
        owner = status.st_uid
        group = status.st_gid
        links = Int(status.st_nlink)
    }
}
