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
    private let sync: GroupCommit

    /// Submits to the inbox under `root`.
    public init(root: String) throws(Failure) {
        inbox = try converting("open the inbox") {
            try Directory(path: "\(root)/\(SpoolDirectory.inbox.rawValue)")
        }
        sync = GroupCommit(root: inbox)
    }

    /// Submits `bytes` as `name`, or under the next name that is free.
    public func submit(_ bytes: [UInt8], as name: FileName) throws(Failure) -> Submitted {
        try converting("submit \(name.display):") {
            let temporary = FileName(".\(UInt64.random(in: .min ... .max)).part")
            var (file, job) = try write(Item(bytes, as: name), as: temporary)
            do {
                try file.sync()
                var count = 1
                while try !inbox.rename(temporary, into: inbox, as: name.numbered(count)) {
                    count += 1
                }
                try inbox.sync()
                job.name = name.numbered(count)
                return job
            } catch {
                _ = try? inbox.remove(temporary)
                throw error
            }
        }
    }

    /// A spec of several.
    public struct Item: Sendable {
        /// What it says.
        public var bytes: [UInt8]
        /// The name that it is to have.
        public var name: FileName

        /// Makes an item.
        public init(_ bytes: [UInt8], as name: FileName) {
            self.bytes = bytes
            self.name = name
        }
    }

    /// Submits several, made durable together, or nothing of one whose very bytes have its name already: then it
    /// is nil. `mark` is in the names of the drafts; `isKnown` says of one that does not wait any more whether it
    /// was taken up in the meantime.
    public func submit(
        _ items: [Item], mark: String, isKnown: (Item) -> Bool = { _ in false }
    ) throws(Failure) -> [Submitted?] {
        try converting("submit \(items.first?.name.display ?? "nothing"):") {
            var drafts: [(draft: FileName, job: Submitted)?] = []
            // Of those that have their names by now, nothing is there to be removed.
            func clear() {
                for draft in drafts { _ = try? draft.map { try inbox.remove($0.draft) } }
            }
            do {
                var files: [OpenFile] = []
                for item in items {
                    if try isThere(item) || isKnown(item) {
                        drafts.append(nil)
                        continue
                    }
                    let draft = FileName(
                        "\(Self.prefix(mark))\(UInt64.random(in: .min ... .max)).part")
                    let (file, job) = try write(item, as: draft)
                    drafts.append((draft, job))
                    files.append(file)
                }
                try sync.perform(Commit(files: files))
                for index in items.indices {
                    guard let draft = drafts[index]?.draft else { continue }
                    var count = 1
                    while try !inbox.rename(
                        draft, into: inbox, as: items[index].name.numbered(count))
                    { count += 1 }
                    drafts[index]?.job.name = items[index].name.numbered(count)
                }
                try inbox.sync()
            } catch {
                clear()
                throw error
            }
            return drafts.map { $0?.job }
        }
    }

    /// Removes the drafts of this user's that a submission with this mark has left when it was killed.
    public func removeDrafts(mark: String) throws(Failure) {
        try converting("tidy the inbox:") {
            for name in try inbox.entries()
            where name.hasPrefix(Self.prefix(mark)) && name.hasSuffix(".part") {
                guard try inbox.status(name)?.owner == getuid() else { continue }
                try inbox.remove(name)
            }
        }
    }

    private static func prefix(_ mark: String) -> String { ".\(mark)." }

    /// Whether a file is there that has the name and the bytes.
    private func isThere(_ item: Item) throws(SystemError) -> Bool {
        guard let status = try inbox.status(item.name), status.kind == .regular,
            status.size == item.bytes.count, status.owner == getuid()
        else { return false }
        guard let file = try? inbox.open(entry: item.name) else { return false }
        return (try? file.read(limit: item.bytes.count + 1)) == item.bytes
    }

    private func write(
        _ item: Item, as draft: FileName
    ) throws(SystemError) -> (OpenFile, Submitted) {
        let number = draft.withCString {
            openat(inbox.number, $0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        }
        guard number >= 0 else { throw SystemError("openat", inbox.path) }
        let file = Descriptor(owning: number, subject: inbox.subject(draft))
        do throws(SystemError) {
            // The daemon reads it as a member of the inbox's group, whatever our umask is.
            guard fchmod(number, 0o640) == 0 else { throw SystemError("fchmod", file.subject) }
            try file.write(item.bytes)
            let identity = try file.status().identity
            guard let handle = try inbox.handle(draft) else {
                throw SystemError("statx", file.subject, errno: ENOENT)
            }
            return (
                OpenFile(file), Submitted(name: item.name, identity: identity, handle: handle)
            )
        } catch {
            _ = try? inbox.remove(draft)
            throw error
        }
    }
}
