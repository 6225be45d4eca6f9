import Core
import Glibc

/// A system call that failed: which, on what, and its errno.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call's name in section 2 of the manual: `renameat2`.
    public let call: String
    /// What it was called on, as a person would name it.
    public let subject: String
    /// The errno it left.
    public let errno: Int32

    /// Makes an error; reads `errno` unless it is given.
    public init(_ call: String, _ subject: String, errno: Int32 = Glibc.errno) {
        self.errno = errno
        self.call = call
        self.subject = subject
    }

    /// The errno as the C library words it.
    public var reason: String { String(cString: strerror(errno)) }

    /// `renameat2 inbox/a.json: No space left on device`.
    public var description: String { "\(call) \(subject): \(reason)" }
}

extension SystemError {
    /// What the errno means for the work at hand: the one place where errnos get their meaning.
    ///
    /// Shortages (of space, memory, descriptors, processes), interruptions and a disk that cannot be
    /// written pass; they are the machine's fault and `.transient`. What is left says something about the
    /// thing named, and is `.permanent`; or about the call itself, which is not for everybody who asks.
    /// See errno(3).
    public func failure(_ operation: String) -> Failure {
        if let failure = refusedCall(operation) ?? exhaustedWatches(operation) { return failure }
        return switch errno {
        case ENOSPC:
            Failure(
                .transient, code: "no_space", operation: operation, subject: subject,
                cause: reason.lowercasedFirst,
                hint:
                    "Free some space on the file system; where 'df' shows some, it is files it has no more of ('df -i')"
            )
        case EDQUOT:
            Failure(
                .transient, code: "no_space", operation: operation, subject: subject,
                cause: reason.lowercasedFirst,
                hint: "Remove files of the user that reeld runs as, or raise its quota (quota(1))")
        case EMFILE, ENFILE, ENOMEM, EAGAIN:
            Failure(
                .transient, code: "no_resources", operation: operation, subject: subject,
                cause: reason.lowercasedFirst, hint: "Raise the service's limits or run fewer jobs")
        case EIO, ESTALE, ETIMEDOUT, EINTR, EBUSY, ETXTBSY:
            Failure(
                .transient, code: "io_error", operation: operation, subject: subject,
                cause: reason.lowercasedFirst, hint: "Check the disk; the kernel log may say more")
        case EROFS:
            Failure(
                .transient, code: "read_only", operation: operation, subject: subject,
                cause: reason.lowercasedFirst,
                hint: "Mount it writable again; if its disk failed, the kernel log says how")
        case EACCES:
            Failure(
                .permanent, code: "no_permission", operation: operation, subject: subject,
                cause: reason.lowercasedFirst, hint: "Check its owner and mode")
        case EPERM:
            Failure(
                .permanent, code: "no_permission", operation: operation, subject: subject,
                cause: reason.lowercasedFirst,
                hint:
                    "Check its owner and mode, and with lsattr(1) that it is not immutable ('chattr -i')"
            )
        case ENOENT, ENOTDIR:
            Failure(
                .permanent, code: "not_found", operation: operation, subject: subject,
                cause: reason.lowercasedFirst)
        case EXDEV:
            Failure(
                .permanent, code: "other_file_system", operation: operation, subject: subject,
                cause: reason.lowercasedFirst, hint: "Keep all of the root on one file system")
        case ELOOP:
            Failure(
                .permanent, code: "is_link", operation: operation, subject: subject,
                cause: "it is a symbolic link",
                hint: "Put there what it leads to, not a link to it")
        default:
            Failure(
                .permanent, code: "system_error", operation: operation, subject: subject,
                cause: "\(call): \(reason.lowercasedFirst)")
        }
    }
}

extension SystemError {
    /// The calls that fail with EPERM only where a filter says so, whatever they are called on.
    private static let unrestricted: Set<String> = ["openat2", "pidfd_open", "inotify_init1"]

    /// The kernel, or a filter before it, does not let the call through. See seccomp(2).
    private func refusedCall(_ operation: String) -> Failure? {
        guard errno == ENOSYS || errno == EPERM && Self.unrestricted.contains(call) else {
            return nil
        }
        return Failure(
            .permanent, code: "call_refused", operation: operation, subject: subject,
            cause: "the system call \(call) is refused: \(reason.lowercasedFirst)",
            hint: errno == ENOSYS
                ? "Use a newer kernel, or a container runtime that lets the call through"
                : "A seccomp profile, of a container or a service, has to allow it; newer container runtimes do"
        )
    }

    /// What is short is no descriptor and no disk. See inotify(7), "/proc interfaces".
    private func exhaustedWatches(_ operation: String) -> Failure? {
        let limit: String
        switch (call, errno) {
        case ("inotify_init1", EMFILE): limit = "fs.inotify.max_user_instances"
        case ("inotify_add_watch", ENOSPC): limit = "fs.inotify.max_user_watches"
        default: return nil
        }
        return Failure(
            .transient, code: "no_resources", operation: operation, subject: subject,
            cause: "the user's programs watch as much as \(limit) allows",
            hint: "Raise it with sysctl(8)")
    }
}

extension String {
    /// `No space left` as it reads in the middle of a sentence.
    var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}

/// Runs system calls; an error becomes the failure of `operation`, a failure stays as it is.
public func converting<R: ~Copyable>(
    _ operation: String, _ body: () throws -> R
) throws(Failure) -> R {
    do { return try body() } catch { throw Failure(error, operation) }
}

/// The same for work that waits.
public func converting<R: Sendable>(
    _ operation: String, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> R
) async throws(Failure) -> R {
    do { return try await body() } catch { throw Failure(error, operation) }
}

extension Failure {
    /// Whether the machine is at fault, by a shortage or its disk: nobody that was called is.
    public var isOfTheMachine: Bool { Self.codesOfTheMachine.contains(code) }

    private static let codesOfTheMachine: Set<String> = [
        "no_space", "no_resources", "io_error", "read_only",
    ]

    /// Whether it may be a condition of the whole root's file system, which others meet as well.
    public var isOfTheFileSystem: Bool { Self.isOfTheFileSystem(code) }

    /// The same by its code.
    public static func isOfTheFileSystem(_ code: String) -> Bool {
        ["no_space", "io_error", "read_only", "other_file_system"].contains(code)
    }

    /// Whether the machine lacks something that it may have again without anybody's doing at the job:
    /// space, memory, descriptors, processes, a disk that can be written, or the answer of a file server.
    public var isOfShortage: Bool { Self.codesOfShortage.contains(code) }

    private static let codesOfShortage: Set<String> = [
        "no_space", "no_resources", "read_only", "not_answering",
    ]

    /// The failure of `operation` for any error; a failure is itself.
    public init(_ error: any Error, _ operation: String) {
        switch error {
        case let failure as Failure: self = failure
        case let error as SystemError: self = error.failure(operation)
        case is CancellationError:
            self.init(
                .cancelled, code: "cancelled", operation: operation, subject: "the work",
                cause: "it was asked to stop")
        default:
            self.init(
                .permanent, code: "internal", operation: operation, subject: "the work",
                cause: "\(error)")
        }
    }
}
