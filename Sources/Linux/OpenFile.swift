import Core
import Glibc

/// A file that is kept open, to be made durable later together with others.
public final class OpenFile: Sendable {
    private let descriptor: Descriptor

    /// Keeps a descriptor.
    public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Makes the file's bytes and length durable. See fsync(2).
    public func sync() throws(SystemError) { try descriptor.sync() }
}

/// What has to be durable before something else may happen.
public struct Commit: Sendable {
    /// Files.
    public var files: [OpenFile] = []
    /// Directories' entries.
    public var directories: [Directory] = []

    /// Nothing, or these.
    public init(files: [OpenFile] = [], directories: [Directory] = []) {
        self.files = files
        self.directories = directories
    }

    /// Adds what another wants.
    public mutating func add(_ other: Commit) {
        files += other.files
        directories += other.directories
    }
}

extension Directory {
    /// Writes a new file; neither its bytes nor its name are durable yet. What has that name already is
    /// left of a crash, or a link put there to have another file written: it is removed.
    public func create(_ bytes: [UInt8], as name: FileName) throws(SystemError) -> OpenFile {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        var opened = name.withCString { openat(number, $0, flags, 0o640) }
        if opened < 0, errno == EEXIST {
            try remove(name)
            opened = name.withCString { openat(number, $0, flags, 0o640) }
        }
        guard opened >= 0 else { throw SystemError("openat", subject(name)) }
        let file = Descriptor(owning: opened, subject: subject(name))
        do throws(SystemError) { try file.write(bytes) } catch {
            _ = try? remove(name)
            throw error
        }
        return OpenFile(file)
    }
}
