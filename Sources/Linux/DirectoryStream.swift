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
}
