import Core
import Glibc

/// What a directory takes of a disk, all beneath it included.
public struct DirectoryUsage: Hashable, Sendable {
    /// The bytes of its files: their length, or what they occupy if that is more. A sparse file takes
    /// its length as soon as somebody reads or copies it.
    public var bytes = 0
    /// How many entries there are, of any kind; a directory is one.
    public var files = 0

    /// Takes nothing.
    public init() {}
}

extension Directory {
    /// Looks at all that is beneath, links not followed; a file of several names is one. Stops when
    /// there are more than `most` files.
    ///
    /// What changes meanwhile may be missed or counted twice; what somebody moved away under our
    /// feet ends the walk early. Depth costs neither stack nor descriptors.
    public func usage(stoppingAfter most: Int) throws(SystemError) -> DirectoryUsage {
        var walk = DirectoryWalk(most)
        try walk.descend(into: openat(number, ".", DirectoryWalk.flags), path)
        while walk.goOn() {}
        return walk.usage
    }
}

/// A walk through a tree, which holds two descriptors at most.
private struct DirectoryWalk: ~Copyable {
    static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    private struct Level {
        var identity: FileStatus.Identity
        /// The directories still to be looked at.
        var pending: [FileName]
    }

    private(set) var usage = DirectoryUsage()
    private let most: Int
    private var levels: [Level] = []
    private var here: Int32 = -1
    /// Files of several names that were counted.
    private var linked: Set<FileStatus.Identity> = []

    init(_ most: Int) { self.most = most }

    deinit { if here >= 0 { close(here) } }

    /// Takes the next step; false when there is none.
    mutating func goOn() -> Bool {
        guard usage.files <= most, let last = levels.indices.last else { return false }
        if let name = levels[last].pending.popLast() {
            // It may be gone by now, or be no directory any more.
            try? descend(into: open(name), name.display)
            return true
        }
        levels.removeLast()
        guard let level = levels.last else { return false }
        let parent = openat(here, "..", Self.flags)
        guard parent >= 0 else { return false }
        close(here)
        here = parent
        var status = stat()
        return fstat(here, &status) == 0 && FileStatus(status).identity == level.identity
    }

    /// Counts what is in a directory just opened, and goes on from there.
    mutating func descend(into number: Int32, _ path: String) throws(SystemError) {
        guard number >= 0 else { throw SystemError("openat", path) }
        var status = stat()
        let own = openat(number, ".", Self.flags)
        guard fstat(number, &status) == 0, own >= 0, let stream = fdopendir(own) else {
            let error = SystemError("fdopendir", path)
            if own >= 0 { close(own) }
            close(number)
            throw error
        }
        defer { closedir(stream) }
        if here >= 0 { close(here) }
        here = number
        var level = Level(identity: FileStatus(status).identity, pending: [])
        while usage.files <= most, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                FileName(bytes: Array(buffer.prefix { $0 != 0 }))
            }
            guard let name else { continue }
            let result = name.withCString { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }
            guard result == 0 else { continue }
            count(status)
            if status.st_mode & S_IFMT == S_IFDIR { level.pending.append(name) }
        }
        levels.append(level)
    }

    private mutating func count(_ status: stat) {
        if status.st_mode & S_IFMT != S_IFDIR, status.st_nlink > 1,
            !linked.insert(FileStatus(status).identity).inserted
        {
            return
        }
        usage.files += 1
        let occupied = Int(status.st_blocks).multipliedReportingOverflow(by: 512)
        let size = max(Int(status.st_size), occupied.overflow ? .max : occupied.partialValue)
        let sum = usage.bytes.addingReportingOverflow(size)
        usage.bytes = sum.overflow ? .max : sum.partialValue
    }

    /// Opens a directory, whatever its mode.
    private func open(_ name: FileName) -> Int32 {
        let opened = name.withCString { openat(here, $0, Self.flags) }
        guard opened < 0, errno == EACCES else { return opened }
        let place = name.withCString { openat(here, $0, O_PATH | Self.flags) }
        guard place >= 0 else { return -1 }
        defer { close(place) }
        // Tools may not hide what they have. See open(2), O_PATH.
        _ = chmod("/proc/self/fd/\(place)", 0o700)
        return openat(place, ".", Self.flags)
    }
}
