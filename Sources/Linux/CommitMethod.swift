import Glibc

/// How a group of files and directories is made durable.
///
/// fsync(2) costs the same for each, about a write and a wait for the disk. syncfs(2) does all at once for
/// the price of a few, but takes along whatever other programs have changed on the file system, which may be
/// gigabytes. So it is for groups, and for when the kernel has little to write.
enum CommitMethod: Hashable, Sendable {
    /// fsync(2), one after another.
    case each
    /// syncfs(2).
    case whole

    /// How many make a group. A job that is alone makes at most seven durable at a time.
    static let smallestGroup = 8
    /// More than that is somebody's who writes much; a disk takes some seconds for it. Below, it is worth
    /// to wait for once: the next has only to wait for what was written since.
    static let mostDirty = 256 << 20

    /// Decides; `dirtyBytes` is asked only if it matters.
    init(count: Int, dirtyBytes: () -> Int?) {
        let isGroup = count >= Self.smallestGroup
        self = isGroup && (dirtyBytes() ?? .max) <= Self.mostDirty ? .whole : .each
    }
}

/// What the kernel has in memory that is not yet on a disk, or on its way there. See proc_meminfo(5).
enum DirtyMemory {
    private static let file = open("/proc/meminfo", O_RDONLY | O_CLOEXEC)

    /// How many bytes; nil if the kernel does not say.
    static func bytes() -> Int? {
        guard file >= 0 else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = pread(file, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return nil }
            return sum(of: buffer[..<count])
        }
    }

    /// Adds up the lines that count, which are in kB.
    static func sum(of text: some Sequence<UInt8>) -> Int? {
        var kilobytes = 0
        var found = 0
        for line in Array(text).split(separator: UInt8(ascii: "\n")) {
            guard line.starts(with: "Dirty:".utf8) || line.starts(with: "Writeback:".utf8) else {
                continue
            }
            let digits = line.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let value = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
            kilobytes += value
            found += 1
        }
        return found == 2 ? kilobytes * 1024 : nil
    }
}
