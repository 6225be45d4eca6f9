import Core
import Glibc

/// A lock that one process at a time can hold, for as long as it lives.
///
/// It is the kernel's (flock(2)), so it cannot be left behind; the file's text only tells others
/// who holds it. One on a file is worth as much as the file's name: who may remove that can have
/// another lock.
public final class FileLock: Sendable {
    private let number: Int32

    /// How often to try: whoever only asks whether it is held has it for an instant.
    private static let tries = 5

    /// The process that has the lock already.
    public struct Held: Error, Hashable, Sendable {
        /// Its number, if the lock file says so.
        public let pid: Int?
        /// Whether the lock's file has other names, so that whoever has it may mean another place: a copy of all by
        /// hard links shares it.
        public var isShared = false
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
        guard try file.take(subject) else {
            let isShared = ((try? directory.status(name)) ?? nil)?.links ?? 1 > 1
            return .failure(Held(pid: pid(in: number), isShared: isShared))
        }
        let text = "\(getpid())\n"
        guard ftruncate(number, 0) == 0, pwrite(number, text, text.utf8.count, 0) > 0 else {
            throw SystemError("write", subject)
        }
        return .success(file)
    }

    /// Takes a directory itself, which stays the same one whatever becomes of its name, or says who has
    /// it, if he wrote that into the file `name` of `place`.
    public static func take(
        _ directory: Directory, held name: FileName, in place: Directory
    ) throws(SystemError) -> Result<FileLock, Held> {
        let own = try FileLock(of: directory)
        if try own.take(directory.path) { return .success(own) }
        guard let file = try? place.open(entry: name) else { return .failure(Held(pid: nil)) }
        return .failure(Held(pid: pid(in: file.number)))
    }

    /// Whether some process has the directory's lock; asks as `isHeld(_:in:)` does.
    public static func isHeld(_ directory: Directory) throws(SystemError) -> Bool {
        try FileLock(of: directory).isTaken(directory.path)
    }

    /// Whether some process has the lock. Asking takes it for an instant where nobody has it, shared
    /// with others who ask, so whoever `take`s it tries more than once.
    public static func isHeld(_ name: FileName, in directory: Directory) throws(SystemError) -> Bool
    {
        let subject = directory.subject(name)
        let number = name.withCString {
            openat(directory.number, $0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        }
        if number < 0, errno == ENOENT { return false }
        guard number >= 0 else { throw SystemError("openat", subject) }
        return try FileLock(number).isTaken(subject)
    }

    private init(_ number: Int32) { self.number = number }

    /// Opens the directory anew: a lock belongs to the open file, and the directory's own descriptor is
    /// for everybody.
    private convenience init(of directory: Directory) throws(SystemError) {
        let number = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("openat", directory.path) }
        self.init(number)
    }

    private func take(_ subject: String) throws(SystemError) -> Bool {
        var tries = 1
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK else { throw SystemError("flock", subject) }
            if tries == Self.tries { return false }
            tries += 1
            usleep(20_000)
        }
        return true
    }

    private func isTaken(_ subject: String) throws(SystemError) -> Bool {
        if flock(number, LOCK_SH | LOCK_NB) == 0 { return false }
        guard errno == EWOULDBLOCK else { throw SystemError("flock", subject) }
        return true
    }

    private static func pid(in file: Int32) -> Int? {
        var text = [UInt8](repeating: 0, count: 32)
        let count = pread(file, &text, text.count, 0)
        let digits = String(decoding: text.prefix(max(0, count)), as: UTF8.self)
        return Int(digits.prefix { $0.isNumber })
    }

    deinit { close(number) }
}
