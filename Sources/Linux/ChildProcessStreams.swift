import CLinux
import Glibc

/// The files a child starts with: its three streams and its directory, open in this process until it
/// runs.
struct ChildProcessStreams: ~Copyable {
    let input: OwnedFile
    let output: OwnedFile?
    /// The writing end of a pipe, so that no more gets into the log than it should have.
    let error: OwnedFile
    let directory: OwnedFile

    /// Opens them. They are opened here and not by posix_spawn(3) so that a failure names its path.
    init(_ command: ChildProcess.Command, error: consuming OwnedFile) throws(SystemError) {
        let directory = try OwnedFile(command.workingDirectory, O_PATH | O_DIRECTORY)
        let input =
            command.standardInput.isEmpty
            ? try OwnedFile("/dev/null", O_RDONLY) : try .holding(command.standardInput)
        let output: OwnedFile? =
            if let path = command.standardOutput {
                try OwnedFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            } else {
                nil
            }
        self.directory = directory
        self.input = input
        self.output = output
        self.error = error
    }
}

/// The two ends of a pipe; see pipe(2).
struct PipeEnds: ~Copyable {
    /// Does not wait when there is nothing to read.
    let reader: OwnedFile
    let writer: OwnedFile

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError("pipe2", "the log") }
        let writer: OwnedFile
        do throws(SystemError) { writer = try OwnedFile(adopting: ends[1]) } catch {
            close(ends[0])
            throw error
        }
        let reader = try OwnedFile(adopting: ends[0])
        self.reader = reader
        self.writer = writer
        // Of this end alone: the child's is another open file.
        _ = clinux_set_nonblocking(self.reader.number, 1)
    }
}

/// A descriptor above the standard three, closed when the value goes away.
///
/// Above, because making one of 0 to 2 the child's stream would otherwise close another that is
/// still to be set, in a process that was started with fewer than three.
struct OwnedFile: ~Copyable {
    let number: Int32

    /// Opens a path that leads through no symbolic link: one that a tool has put in a directory's
    /// place would lead out of the session. See openat2(2). The descriptor is not inherited.
    init(_ path: String, _ flags: Int32) throws(SystemError) {
        let opened = try retryingInterrupts("openat2", path) {
            Int(
                clinux_openat2(
                    AT_FDCWD, path, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)),
                    flags & O_CREAT == 0 ? 0 : 0o666,
                    UInt64(CLINUX_RESOLVE_NO_SYMLINKS | CLINUX_RESOLVE_NO_MAGICLINKS)))
        }
        number = try Self.aboveStandard(Int32(opened), path)
    }

    /// Makes an anonymous file that holds `bytes`, to be read from its start; see memfd_create(2).
    ///
    /// Unlike a pipe it never makes the writer wait, nor raises SIGPIPE in it.
    static func holding(_ bytes: [UInt8]) throws(SystemError) -> OwnedFile {
        let created = memfd_create("standard-input", UInt32(MFD_CLOEXEC))
        guard created >= 0 else { throw SystemError("memfd_create", "standard input") }
        let file = OwnedFile(taking: try aboveStandard(created, "standard input"))
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { bytes in
                let rest = bytes[done...]
                return pwrite(
                    file.number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count,
                    off_t(done))
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw SystemError("pwrite", "standard input") }
            done += written
        }
        return file
    }

    private init(taking number: Int32) { self.number = number }

    /// Takes ownership of a descriptor, under another number if need be.
    init(adopting number: Int32) throws(SystemError) {
        self.number = try Self.aboveStandard(number, "a pipe")
    }

    deinit { close(number) }

    private static func aboveStandard(_ low: Int32, _ path: String) throws(SystemError) -> Int32 {
        guard low <= STDERR_FILENO else { return low }
        let high = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        let reason = errno
        close(low)
        guard high >= 0 else { throw SystemError("fcntl", path, errno: reason) }
        return high
    }
}
