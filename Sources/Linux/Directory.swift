import CLinux
import Core
import Glibc

/// An open directory. All work on its entries is relative to the descriptor, so that it stays the
/// same directory whatever happens to its path.
public final class Directory: Sendable {
    /// The path it was opened by, for messages and for handing to children.
    public let path: String
    /// Which directory it is.
    public let identity: FileStatus.Identity
    /// The user and the group it belonged to when it was opened.
    public let owner: UInt32, group: UInt32
    /// The descriptor's number, for system calls.
    public let number: Int32

    private init(owning number: Int32, path: String) throws(SystemError) {
        var status = stat()
        guard fstat(number, &status) == 0 else {
            let error = SystemError("fstat", path)
            close(number)
            throw error
        }
        self.number = number
        self.path = path
        identity = FileStatus(status).identity
        owner = status.st_uid
        group = status.st_gid
    }

    deinit { close(number) }

    /// Whether it was removed; it is only open still.
    var isRemoved: Bool {
        var status = stat()
        return fstat(number, &status) == 0 && status.st_nlink == 0
    }

    /// What fstat(2) says of the directory itself.
    public func status() throws(SystemError) -> FileStatus {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw SystemError("fstat", path) }
        return FileStatus(status)
    }

    /// Opens a directory by its path, symbolic links followed.
    public convenience init(path: String) throws(SystemError) {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("open", path) }
        try self.init(owning: number, path: path)
    }

    /// Opens a directory beneath this one; no component may be a symbolic link or lead out.
    /// See openat2(2), RESOLVE_BENEATH.
    /// `path` is what it is to be called, where that is not by where it is now.
    public func directory(
        _ relative: String, path: String? = nil
    ) throws(SystemError) -> Directory {
        let number = try openBeneath(relative, O_RDONLY | O_DIRECTORY | O_CLOEXEC, mode: 0)
        return try Directory(owning: number, path: path ?? "\(self.path)/\(relative)")
    }

    /// Opens a directory in this one, made, durably, if it is not there.
    public func directory(making name: FileName) throws(SystemError) -> Directory {
        do throws(SystemError) { return try directory(name.display) } catch {
            guard error.errno == ENOENT else { throw error }
            if try make(name) { try sync() }
            return try directory(name.display)
        }
    }

    /// Opens a file beneath this directory; no component may be a symbolic link or lead out.
    /// O_CLOEXEC and O_NONBLOCK are added to `flags`: opening a FIFO does not wait for a writer.
    public func open(
        _ relative: String, _ flags: Int32, mode: mode_t = 0o640
    ) throws(SystemError) -> Descriptor {
        let number = try openBeneath(relative, flags | O_CLOEXEC | O_NONBLOCK, mode: mode)
        return Descriptor(owning: number, subject: "\(path)/\(relative)")
    }

    private func openBeneath(
        _ relative: String, _ flags: Int32, mode: mode_t
    ) throws(SystemError) -> Int32 {
        let resolve = UInt64(
            CLINUX_RESOLVE_BENEATH | CLINUX_RESOLVE_NO_SYMLINKS | CLINUX_RESOLVE_NO_MAGICLINKS)
        let subject = "\(path)/\(relative)"
        return Int32(
            try retryingInterrupts("openat2", subject) {
                // A rename of a component at the same time makes it say EAGAIN.
                var result: Int32
                repeat {
                    result = clinux_openat2(
                        number, relative, UInt64(bitPattern: Int64(flags)),
                        flags & O_CREAT == 0 ? 0 : UInt64(mode), resolve)
                } while result < 0 && errno == EAGAIN
                return Int(result)
            })
    }

    /// Opens an entry for reading, whatever its name's bytes; a symbolic link is refused (ELOOP),
    /// and a FIFO does not wait for a writer.
    public func open(entry name: FileName) throws(SystemError) -> Descriptor {
        let result = name.withCString {
            openat(number, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        }
        guard result >= 0 else { throw SystemError("openat", subject(name)) }
        return Descriptor(owning: result, subject: subject(name))
    }

    /// The path of an entry as a person reads it.
    public func subject(_ name: FileName) -> String { "\(path)/\(name.display)" }

    /// What the entry is, links not followed; nil if there is none.
    public func status(_ name: FileName) throws(SystemError) -> FileStatus? {
        var status = stat()
        let result = name.withCString { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }
        if result == 0 { return FileStatus(status) }
        let error = errno
        if error == ENOENT { return nil }
        throw SystemError("fstatat", subject(name), errno: error)
    }

    /// What an entry is called in short as a job, links not followed; nil if there is none. Where the file
    /// system does not know when a file was made, its number alone decides.
    public func handle(_ name: FileName) throws(SystemError) -> JobHandle? {
        var (inode, born): (UInt64, UInt64) = (0, 0)
        if name.withCString({ clinux_birth(number, $0, &inode, &born) }) == 0 {
            return JobHandle(inode: inode, born: born)
        }
        let error = errno
        if error == ENOENT { return nil }
        throw SystemError("statx", subject(name), errno: error)
    }

    /// When an entry was made, links not followed, in seconds since 1970; nil if there is none, or where the file
    /// system does not know. Nobody can set it. See statx(2).
    public func born(_ name: FileName) -> Double? {
        var (inode, born): (UInt64, UInt64) = (0, 0)
        guard name.withCString({ clinux_birth(number, $0, &inode, &born) }) == 0, born > 0 else {
            return nil
        }
        return Double(born) / 1e9
    }

    /// Whether there is an entry of that name.
    public func contains(_ name: FileName) throws(SystemError) -> Bool {
        try status(name) != nil
    }

    /// The names of all entries but `.` and `..`, in no order.
    public func entries() throws(SystemError) -> [FileName] {
        let stream = try DirectoryStream(self)
        var names: [FileName] = []
        while let name = try stream.next() { names.append(name) }
        return names
    }

    /// Makes a directory; says whether it is new. An existing one is left as it is.
    @discardableResult
    public func make(_ name: FileName, mode: mode_t = 0o750) throws(SystemError) -> Bool {
        if name.withCString({ mkdirat(number, $0, mode) }) == 0 { return true }
        let error = errno
        if error == EEXIST { return false }
        throw SystemError("mkdirat", subject(name), errno: error)
    }

    /// Renames an entry, never over another; says whether it did: false when there is already an
    /// entry of the new name. See renameat2(2), RENAME_NOREPLACE.
    public func rename(
        _ name: FileName, into target: Directory, as newName: FileName
    ) throws(SystemError) -> Bool {
        let result = name.withCString { old in
            newName.withCString { new in
                renameat2(number, old, target.number, new, UInt32(RENAME_NOREPLACE))
            }
        }
        if result == 0 { return true }
        let error = errno
        if error == EEXIST { return false }
        throw SystemError("renameat2", culprit(name, target, error), errno: error)
    }

    /// What is to be named where a rename failed: of the two directories the one that may not be changed, if that
    /// is why.
    private func culprit(_ name: FileName, _ target: Directory, _ error: Int32) -> String {
        guard [EACCES, EPERM].contains(error) else { return subject(name) }
        return [target, self].first { !$0.isWritable }?.path ?? subject(name)
    }

    /// Whether entries may be made and removed, as far as its mode and attributes say; see access(2).
    public var isWritable: Bool { faccessat(number, ".", W_OK, AT_EACCESS) == 0 }

    /// Whether nobody may, whoever it is; see chattr(1), "i".
    public var isImmutable: Bool { !isWritable && errno == EPERM }

    /// Whether an entry could be renamed from here to there, or the other way round: both are on one file
    /// system, and come from one mount. Asked by a name that is nowhere: the kernel compares the mounts
    /// first, and nothing is changed. See rename(2), EXDEV.
    public func isOnMount(of other: Directory) -> Bool {
        let name = FileName(".\(UInt64.random(in: .min ... .max)).none")
        let result = name.withCString {
            renameat2(number, $0, other.number, $0, UInt32(RENAME_NOREPLACE))
        }
        return result == 0 || errno != EXDEV
    }

    /// Renames an entry over whatever has the new name.
    public func move(
        _ name: FileName, into target: Directory, replacing newName: FileName
    ) throws(SystemError) {
        let result = name.withCString { old in
            newName.withCString { new in renameat(number, old, target.number, new) }
        }
        guard result != 0 else { return }
        let error = errno
        throw SystemError("renameat", culprit(name, target, error), errno: error)
    }

    /// Makes an empty file, durably; says whether it is new. An existing one is left as it is.
    public func create(_ name: FileName) throws(SystemError) -> Bool {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let created = name.withCString { openat(number, $0, flags, 0o640) }
        if created < 0, errno == EEXIST { return false }
        guard created >= 0 else { throw SystemError("openat", subject(name)) }
        try Descriptor(owning: created, subject: subject(name)).sync()
        try sync()
        return true
    }

    /// Removes a file; says whether there was one.
    @discardableResult
    public func remove(_ name: FileName) throws(SystemError) -> Bool {
        if name.withCString({ unlinkat(number, $0, 0) }) == 0 { return true }
        let error = errno
        if error == ENOENT { return false }
        throw SystemError("unlinkat", subject(name), errno: error)
    }

    /// Removes an entry and, if it is a directory, all beneath it. Links are removed, not
    /// followed. Nothing happens if there is no such entry.
    public func removeTree(_ name: FileName) throws(SystemError) {
        if try removeFlat(name) { return }
        let top = try removable(name)
        // What is deeper is moved up first, so that no depth exhausts the stack or the descriptors.
        var moved = 0
        while true {
            let entries = try top.entries()
            if entries.isEmpty { break }
            for entry in entries where try !top.removeFlat(entry) {
                let inner = try top.removable(entry)
                for child in try inner.entries() where try !inner.removeFlat(child) {
                    // A directory is moved only by who may write into it.
                    _ = try inner.removable(child)
                    repeat { moved += 1 } while try !inner.rename(child, into: top, as: "\(moved)")
                }
                _ = try top.removeFlat(entry)
            }
        }
        _ = try removeFlat(name)
    }

    /// Removes what is no directory, or an empty one; false if there is more to it.
    private func removeFlat(_ name: FileName) throws(SystemError) -> Bool {
        for flags in [0, AT_REMOVEDIR] {
            if name.withCString({ unlinkat(number, $0, flags) }) == 0 { return true }
            switch errno {
            case ENOENT: return true
            case EISDIR: continue
            case ENOTEMPTY, EEXIST: return false
            default: throw SystemError("unlinkat", subject(name))
            }
        }
        throw SystemError("unlinkat", subject(name))
    }

    /// Opens a directory to remove what is in it, whatever its mode: tools make read-only ones.
    private func removable(_ name: FileName) throws(SystemError) -> Directory {
        let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let place = name.withCString { openat(number, $0, O_PATH | flags) }
        guard place >= 0 else { throw SystemError("openat", subject(name)) }
        defer { close(place) }
        // Where it is not ours to change, what follows says so. See open(2), O_PATH.
        _ = chmod("/proc/self/fd/\(place)", 0o700)
        let opened = openat(place, ".", O_RDONLY | flags)
        guard opened >= 0 else { throw SystemError("openat", subject(name)) }
        return try Directory(owning: opened, path: subject(name))
    }

    /// Sets what owner, group and others may do with an entry. See fchmodat(2).
    public func setMode(_ name: FileName, to mode: UInt32) throws(SystemError) {
        guard name.withCString({ fchmodat(number, $0, mode, 0) }) == 0 else {
            throw SystemError("fchmodat", subject(name))
        }
    }

    /// Sets an entry's time of modification, in seconds since 1970. See utimensat(2).
    public func setModified(_ name: FileName, to seconds: Int) throws(SystemError) {
        let times = [
            timespec(tv_sec: 0, tv_nsec: Int(CLINUX_UTIME_OMIT)),
            timespec(tv_sec: seconds, tv_nsec: 0),
        ]
        guard name.withCString({ utimensat(number, $0, times, AT_SYMLINK_NOFOLLOW) }) == 0 else {
            throw SystemError("utimensat", subject(name))
        }
    }

    /// Makes the directory's entries durable. See fsync(2).
    public func sync() throws(SystemError) {
        _ = try retryingInterrupts("fsync", path) { Int(fsync(number)) }
    }

    /// Reads a whole file beneath this directory. Throws EFBIG if it is longer than `limit`
    /// bytes, and EINVAL if it is not a regular file.
    public func read(_ relative: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try open(relative, O_RDONLY)
        guard try file.status().kind == .regular else {
            throw SystemError("read", file.subject, errno: EINVAL)
        }
        let bytes = try file.read(limit: limit + 1)
        guard bytes.count <= limit else { throw SystemError("read", file.subject, errno: EFBIG) }
        return bytes
    }

    /// Writes a file so that its name always stands for whole, durable bytes, old or new: a new
    /// file, fsync, rename. The rename itself is durable after `sync`.
    public func write(_ bytes: [UInt8], to name: FileName) throws(SystemError) {
        try write(bytes, to: name, by: FileName(".\(name.text ?? "file").new"), in: self)
    }

    /// The same, by way of a new file of the name given in a directory of the same file system,
    /// where what a crash leaves behind can be found.
    public func write(
        _ bytes: [UInt8], to name: FileName, by temporary: FileName, in scratch: Directory
    ) throws(SystemError) {
        let file = try scratch.create(bytes, as: temporary)
        do throws(SystemError) {
            try file.sync()
            try scratch.move(temporary, into: self, replacing: name)
        } catch {
            _ = try? scratch.remove(temporary)
            throw error
        }
    }
}
