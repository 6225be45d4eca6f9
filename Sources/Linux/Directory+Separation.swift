import Core
import Glibc

extension Directory {
    /// Gives a regular file that has other names too a file of its own with the same bytes, in its place: what is
    /// done to the others is then nothing to it. A copy of the whole tree by hard links makes such names, and so
    /// do programs that link instead of copying.
    public func separate(_ name: FileName) throws(SystemError) {
        guard let status = try status(name), status.kind == .regular, status.links > 1 else {
            return
        }
        let file = try open(entry: name)
        let draft = FileName(".\(UInt64.random(in: .min ... .max)).own")
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let created = draft.withCString { openat(number, $0, flags, status.mode & 0o777) }
        guard created >= 0 else { throw SystemError("openat", subject(draft)) }
        let copy = Descriptor(owning: created, subject: subject(draft))
        do throws(SystemError) {
            try file.copy(to: copy)
            try move(draft, into: self, replacing: name)
        } catch {
            _ = try? remove(draft)
            throw error
        }
    }
}
