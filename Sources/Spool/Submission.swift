import Core
import Glibc
import Linux

/// Puts a job spec into an inbox so that the daemon sees all of it or nothing: a new file under a
/// name the daemon leaves alone, fsync, rename, never over another.
public struct Submission: Sendable {
    /// A job spec that was submitted.
    public struct Submitted: Hashable, Sendable {
        /// The name it got.
        public var name: FileName
        /// Which file it is, wherever it has moved to by now.
        public var identity: FileStatus.Identity
        /// What the job is called in short from now on.
        public var handle: JobHandle
    }

    private let inbox: Directory

    /// Submits to the inbox under `root`.
    public init(root: String) throws(Failure) {
        inbox = try converting("open the inbox") {
            try Directory(path: "\(root)/\(SpoolDirectory.inbox.rawValue)")
        }
    }

    /// Submits `bytes` as `name`, or under the next name that is free.
    public func submit(_ bytes: [UInt8], as name: FileName) throws(Failure) -> Submitted {
        try converting("submit \(name.display):") {
            let temporary = FileName(".\(UInt64.random(in: .min ... .max)).part")
            let number = temporary.withCString {
                openat(inbox.number, $0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
            }
            guard number >= 0 else { throw SystemError("openat", inbox.path) }
            let file = Descriptor(owning: number, subject: inbox.subject(temporary))
            do {
                // The daemon reads it as a member of the inbox's group, whatever our umask is.
                guard fchmod(number, 0o640) == 0 else { throw SystemError("fchmod", file.subject) }
                try file.write(bytes)
                try file.sync()
                let identity = try file.status().identity
                guard let handle = try inbox.handle(temporary) else {
                    throw SystemError("statx", file.subject, errno: ENOENT)
                }
                var count = 1
                while try !inbox.rename(temporary, into: inbox, as: name.numbered(count)) {
                    count += 1
                }
                try inbox.sync()
                return Submitted(
                    name: name.numbered(count), identity: identity, handle: handle)
            } catch {
                _ = try? inbox.remove(temporary)
                throw error
            }
        }
    }
}
