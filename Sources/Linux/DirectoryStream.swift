import Core
import Glibc

/// Reads the names in a directory one after another, so that a hundred thousand need not be held
/// at once. See readdir(3).
///
/// Entries made or removed meanwhile may be told or not; all others are told once.
public final class DirectoryStream {
    private let stream: OpaquePointer
    private let path: String

    /// Reads `directory` from its beginning.
    public init(_ directory: Directory) throws(SystemError) {
        // A descriptor of its own: the position in the directory belongs to the open file.
        let own = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw SystemError("openat", directory.path) }
        guard let stream = fdopendir(own) else {
            let error = SystemError("fdopendir", directory.path)
            close(own)
            throw error
        }
        self.stream = stream
        path = directory.path
    }

    deinit { closedir(stream) }

    /// The next name but `.` and `..`; nil at the end.
    public func next() throws(SystemError) -> FileName? {
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError("readdir", path) }
                return nil
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                FileName(bytes: buffer.prefix { $0 != 0 })
            }
            if let name { return name }
        }
    }

    /// An entry where the kernel's answer lies: valid only until the next is read.
    public struct RawEntry {
        /// The bytes of its name.
        public let name: UnsafeBufferPointer<UInt8>
        fileprivate let directory: Int32

        /// When its bytes last changed, in seconds since 1970; nil if it is gone or that cannot be told.
        public func modified() -> Double? {
            var status = stat()
            guard let base = UnsafeRawPointer(name.baseAddress),
                fstatat(
                    directory, base.assumingMemoryBound(to: CChar.self), &status,
                    AT_SYMLINK_NOFOLLOW) == 0
            else { return nil }
            return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
        }
    }

    /// Calls `body` with each entry that is left but `.` and `..`, without copying any: for a hundred
    /// thousand of which few matter.
    public func forEachRaw(_ body: (RawEntry) -> Void) throws(SystemError) {
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        let directory = dirfd(stream)
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError("readdir", path) }
                return
            }
            let start = UnsafeRawPointer(entry) + offset
            let length = strlen(start.assumingMemoryBound(to: CChar.self))
            let name = UnsafeBufferPointer(
                start: start.assumingMemoryBound(to: UInt8.self), count: length)
            if length <= 2, name.allSatisfy({ $0 == UInt8(ascii: ".") }) { continue }
            body(RawEntry(name: name, directory: directory))
        }
    }
}
