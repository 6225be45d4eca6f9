import CLinux
import Core
import Glibc

/// An open file descriptor that somebody owns: closed when the value goes away.
public struct Descriptor: ~Copyable, Sendable {
    /// The descriptor's number, for system calls.
    public let number: Int32
    /// What it refers to, for errors.
    public let subject: String

    /// Takes ownership of an open descriptor.
    public init(owning number: Int32, subject: String) {
        self.number = number
        self.subject = subject
    }

    deinit { Glibc.close(number) }

    /// What fstat(2) says.
    public func status() throws(SystemError) -> FileStatus {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw SystemError("fstat", subject) }
        return FileStatus(status)
    }

    /// Reads up to the end, but no more than `limit` bytes.
    public func read(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        // Most files are small; of a large one, more is read at a time as it goes on.
        var size = 4096
        while bytes.count < limit {
            let wanted = min(size, limit - bytes.count)
            let count = try readMore(wanted, into: &bytes)
            if count == 0 { break }
            size = min(2 * size, 1 << 18)
        }
        return bytes
    }

    private func readMore(_ wanted: Int, into bytes: inout [UInt8]) throws(SystemError) -> Int {
        let result: Result<Int, SystemError> = withUnsafeTemporaryAllocation(
            of: UInt8.self, capacity: wanted
        ) { buffer in
            do throws(SystemError) {
                let count = try retryingInterrupts("read", subject) {
                    Glibc.read(number, buffer.baseAddress, wanted)
                }
                bytes += UnsafeBufferPointer(rebasing: buffer[..<count])
                return .success(count)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Reads all there is, a chunk at a time, from where the file stands. It is likely to have
    /// `size` bytes.
    public func readChunks(
        size: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemError) {
        // What fits into the processor's caches is copied, and then read, twice as fast.
        let length = min(max(size + 1, 512), 1 << 16)
        let result: Result<Void, SystemError> = withUnsafeTemporaryAllocation(
            byteCount: length, alignment: 16
        ) { chunk in
            do throws(SystemError) {
                while true {
                    let count = try retryingInterrupts("read", subject) {
                        Glibc.read(number, chunk.baseAddress, chunk.count)
                    }
                    if count == 0 { return .success(()) }
                    body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
                }
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Writes all of `bytes`.
    public func write(_ bytes: [UInt8]) throws(SystemError) {
        var start = 0
        while start < bytes.count {
            start += try retryingInterrupts("write", subject) {
                bytes.withUnsafeBytes { buffer in
                    Glibc.write(
                        number, buffer.baseAddress.map { $0 + start }, bytes.count - start)
                }
            }
        }
    }

    /// Copies all there is, from where both stand, without the bytes coming here where the file system
    /// can do that. See copy_file_range(2).
    public func copy(to target: borrowing Descriptor) throws(SystemError) {
        while true {
            let count = copy_file_range(number, nil, target.number, nil, 1 << 30, 0)
            if count == 0 { return }
            if count > 0 || errno == EINTR { continue }
            guard [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) else {
                throw SystemError("copy_file_range", target.subject)
            }
            break
        }
        // Not between these two: by hand.
        while true {
            let bytes = try read(limit: 1 << 20)
            if bytes.isEmpty { return }
            try target.write(bytes)
        }
    }

    /// Makes the file's bytes and length durable. See fsync(2).
    public func sync() throws(SystemError) {
        _ = try retryingInterrupts("fsync", subject) { Int(fsync(number)) }
    }

    /// Whether no process has the file open for writing: a read lease is granted, and given back
    /// at once. Nil where leases do not work: not our file, or a file system without them.
    /// See fcntl(2), "Leases".
    public func hasNoWriter() -> Bool? {
        if clinux_set_lease(number, Int32(CLINUX_LEASE_READ)) == 0 {
            _ = clinux_set_lease(number, Int32(CLINUX_LEASE_NONE))
            return true
        }
        return errno == EAGAIN ? false : nil
    }
}

/// Runs a system call again as long as it says EINTR; other failures are thrown.
func retryingInterrupts(
    _ call: String, _ subject: String, _ body: () -> Int
) throws(SystemError) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        let error = errno
        if error != EINTR { throw SystemError(call, subject, errno: error) }
    }
}
