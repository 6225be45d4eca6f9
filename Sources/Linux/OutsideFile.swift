import Core
import Glibc

/// A file that is neither ours nor a tool's: one a job names by its path, perhaps on a file server
/// that does not answer.
public struct OutsideFile: Sendable {
    /// Its absolute path.
    public let path: String
    private let threads: LosableThreads
    private let patience: Duration

    /// How long no answer may come.
    public static let patience = Duration.seconds(20)

    /// Why such a file cannot be read, as long as nobody changes it.
    public struct Fault: Error, Hashable, Sendable {
        /// The sentence, without its subject: `it is not a regular file`.
        public var cause: String
        /// What to do about it, likewise, if that is known.
        public var remedy: String?

        /// Makes one.
        public init(_ cause: String, remedy: String? = nil) {
            self.cause = cause
            self.remedy = remedy
        }
    }

    /// Means the file at `path`; does nothing yet.
    public init(
        _ path: String, threads: LosableThreads = .shared, patience: Duration = Self.patience
    ) {
        self.path = path
        self.threads = threads
        self.patience = patience
    }

    /// Its first bytes, `limit` at most, or why there are none to be had. Throws what trying again
    /// may mend: that no answer comes, first of all.
    public func beginning(limit: Int) async throws(Failure) -> Result<[UInt8], Fault> {
        try await reading { file, _ throws(SystemError) in try file.read(limit: limit) }
    }

    /// SHA-256 of its bytes, in hexadecimal; likewise.
    public func hash() async throws(Failure) -> Result<String, Fault> {
        try await reading { file, pulse throws(SystemError) in
            var hash = SHA256()
            try file.readChunks(size: 1 << 18) { chunk in
                hash.update(chunk)
                pulse.beat()
            }
            return hash.finalizeHexadecimal()
        }
    }

    /// Whether a file that cannot be read may be there and open to others.
    public static func isOnlyClosedToUs(_ path: String) -> Bool {
        access(path, R_OK) != 0 && (errno == EACCES || errno == EPERM)
    }

    private enum Found<R: Sendable>: Sendable {
        case read(R)
        case fault(Fault)
        case error(SystemError)
    }

    private typealias Body<R> =
        @Sendable (borrowing Descriptor, LosableThreads.Pulse) throws(SystemError) -> R

    private func reading<R: Sendable>(
        _ body: @escaping Body<R>
    ) async throws(Failure) -> Result<R, Fault> {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            return .failure(Fault("it is not an absolute path"))
        }
        let directory = String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
        let path = path
        let ending = await threads.run(about: directory, patience: patience) { pulse -> Found<R> in
            do throws(SystemError) {
                // O_NONBLOCK: opening a FIFO must not wait for a writer.
                let number = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
                guard number >= 0 else { throw SystemError("open", path) }
                let file = Descriptor(owning: number, subject: path)
                guard try file.status().kind == .regular else {
                    return .fault(Fault("it is not a regular file"))
                }
                return .read(try body(file, pulse))
            } catch {
                return .error(error)
            }
        }
        switch ending {
        case .returned(.read(let result)): return .success(result)
        case .returned(.fault(let fault)): return .failure(fault)
        case .returned(.error(let error)):
            let failure = error.failure("read")
            guard failure.kind == .permanent else { throw failure }
            let fault = PathFault(of: path, failedWith: error.errno)
            return .failure(Fault(fault.cause, remedy: fault.remedy))
        case .silent: throw notAnswering("no answer has come for \(patience.text)")
        case .refused: throw notAnswering("no answer has come to those who asked before")
        case .noThread: throw SystemError("pthread_create", path, errno: EAGAIN).failure("read")
        case .cancelled: throw Failure(CancellationError(), "read")
        }
    }

    private func notAnswering(_ cause: String) -> Failure {
        Failure(
            .transient, code: "not_answering", operation: "read", subject: path, cause: cause,
            hint: "Look at the mount it is on, and at the file server or program behind that")
    }
}
