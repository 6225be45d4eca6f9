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
    /// Shortages (of space, memory, descriptors, processes) and interruptions pass; they are the
    /// machine's fault and `.transient`. What is left says something about the thing named, and is
    /// `.permanent`. See errno(3).
    public func failure(_ operation: String) -> Failure {
        switch errno {
        case ENOSPC, EDQUOT:
            Failure(
                .transient, code: "no_space", operation: operation, subject: subject,
                cause: reason.lowercasedFirst, hint: "Free some space on the file system")
        case EMFILE, ENFILE, ENOMEM, EAGAIN:
            Failure(
                .transient, code: "no_resources", operation: operation, subject: subject,
                cause: reason.lowercasedFirst, hint: "Raise the service's limits or run fewer jobs")
        case EIO, ESTALE, ETIMEDOUT, EINTR, EBUSY, ETXTBSY:
            Failure(
                .transient, code: "io_error", operation: operation, subject: subject,
                cause: reason.lowercasedFirst, hint: "Check the disk; the kernel log may say more")
        case EACCES, EPERM, EROFS:
            Failure(
                .permanent, code: "no_permission", operation: operation, subject: subject,
                cause: reason.lowercasedFirst, hint: "Check its owner and mode")
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
                cause: "it is a symbolic link", hint: "Use the file itself")
        default:
            Failure(
                .permanent, code: "system_error", operation: operation, subject: subject,
                cause: "\(call): \(reason.lowercasedFirst)")
        }
    }
}

extension String {
    /// `No space left` as it reads in the middle of a sentence.
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
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
    public var isOfTheMachine: Bool { ["no_space", "no_resources", "io_error"].contains(code) }

    /// Whether the machine has no more of something that others may give back: space, memory,
    /// descriptors, processes.
    public var isOfShortage: Bool { ["no_space", "no_resources"].contains(code) }

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
