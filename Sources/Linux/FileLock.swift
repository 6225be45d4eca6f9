import Core
import Glibc

/// A lock that one process at a time can hold, for as long as it lives.
///
/// It is the kernel's (flock(2)), so it cannot be left behind; the file's text only tells others
/// who holds it.
public final class FileLock: Sendable {
    private let number: Int32

    /// The process that has the lock already.
    public struct Held: Error, Hashable, Sendable {
        /// Its number, if the lock file says so.
        public let pid: Int?
    }

    /// Takes the lock, or says who has it.
    public static func take(
        _ name: FileName, in directory: Directory
    ) throws(SystemError) -> Result<FileLock, Held> {
        let subject = directory.subject(name)
        let number = name.withCString {
            openat(directory.number, $0, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        }
        guard number >= 0 else { throw SystemError("openat", subject) }
        let file = FileLock(number)
        if flock(number, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK else { throw SystemError("flock", subject) }
            var text = [UInt8](repeating: 0, count: 32)
            let count = pread(number, &text, text.count, 0)
            let digits = String(decoding: text.prefix(max(0, count)), as: UTF8.self)
            return .failure(Held(pid: Int(digits.prefix { $0.isNumber })))
        }
        let text = "\(getpid())\n"
        guard ftruncate(number, 0) == 0, pwrite(number, text, text.utf8.count, 0) > 0 else {
            throw SystemError("write", subject)
        }
        return .success(file)
    }

    /// Whether somebody has the lock, by what the kernel lists (proc_locks(5)): to ask by taking it
    /// would keep others from it. Where in doubt, the answer is yes.
    public static func isTaken(_ name: FileName, in directory: Directory) throws(SystemError)
        -> Bool
    {
        guard let status = try directory.status(name) else { return false }
        let list = try Directory(path: "/proc").read("locks", limit: 1 << 24)
        let own = ":\(status.identity.inode)"
        return String(decoding: list, as: UTF8.self).split(separator: "\n").contains { line in
            line.contains("FLOCK") && line.split(separator: " ").contains { $0.hasSuffix(own) }
        }
    }

    private init(_ number: Int32) { self.number = number }

    deinit { close(number) }
}
