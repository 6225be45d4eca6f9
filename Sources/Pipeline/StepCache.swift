import Core
import Glibc
import Linux
import Spool
import Synchronization

/// What finished steps made, by all that decided it, for other sessions: `state/cache/KEY/`.
///
/// Nothing depends on it: what is damaged or gone is made again. So nothing of it is synced, and every byte is
/// checked against its hash when it is used.
public final class StepCache: Sendable {
    /// What an entry says of itself: `entry.json`.
    private struct Entry: Codable {
        struct File: Codable {
            var name: String
            var bytes: Int
            var sha256: String
        }
        var files: [File]
        /// How long it took to make, in seconds.
        var seconds: Double
    }

    private struct State {
        struct Known {
            var bytes: Int
            var used: ContinuousClock.Instant
        }
        var limit: Int
        /// The entries; nil until they are first needed.
        var known: [FileName: Known]?
        var total = 0
        var drafts = 0
    }

    /// What an entry costs beside its files' bytes.
    private static let overhead = 16_384
    private static let entryName: FileName = "entry.json"
    private static let directoryName: FileName = "cache"

    /// What the names of entries begin with that are being made.
    private static let draftPrefix = ".new-"
    private let parent: Directory
    private let state: Mutex<State>

    /// Keeps at most `limit` bytes under `parent`, the root's `state/`; nothing if it is 0.
    public init(in parent: Directory, limit: Int) {
        self.parent = parent
        state = Mutex(State(limit: limit))
    }

    /// Changes how much is kept.
    public func setLimit(_ limit: Int) {
        state.withLock { $0.limit = limit }
        if limit == 0 { clear() } else { shrink(to: limit) }
    }

    /// Copies what was made for `key` into a working directory. Returns how long it took to make; nil if it is
    /// not here, or not as it was.
    func fetch(_ key: CacheKey, into work: Directory) -> Duration? {
        guard state.withLock({ $0.limit > 0 }) else { return nil }
        let name = FileName(key.text)
        guard let cache = try? directory(), let place = try? cache.directory(key.text) else {
            return nil
        }
        do {
            let bytes = try place.read(Self.entryName.display, limit: RecordFile.limit)
            let entry = try RecordFile.decode(Entry.self, from: bytes, subject: key.text)
            for (number, file) in entry.files.enumerated() {
                try copy(file, number, of: place, into: work)
            }
            state.withLock { $0.known?[name]?.used = .now }
            let now = Timestamp.now.secondsSince1970
            try? cache.setModified(name, to: Int(now))
            return .seconds(entry.seconds)
        } catch {
            forget(name, in: cache)
            // Whoever makes it now begins in an empty directory.
            for file in (try? work.entries()) ?? [] { try? work.removeTree(file) }
            return nil
        }
    }

    /// What is damaged in the cache.
    private struct Damaged: Error {}

    private func copy(
        _ file: Entry.File, _ number: Int, of place: Directory, into work: Directory
    ) throws {
        let source = try place.open("\(number)", O_RDONLY)
        let status = try source.status()
        guard status.kind == .regular, status.size == file.bytes else { throw Damaged() }
        let target = try work.open(file.name, O_WRONLY | O_CREAT | O_EXCL)
        var hash = SHA256()
        var failure: SystemError?
        try source.readChunks(size: file.bytes) { chunk in
            hash.update(chunk)
            guard failure == nil else { return }
            do throws(SystemError) { try target.write(Array(chunk)) } catch { failure = error }
        }
        if let failure { throw failure }
        guard hash.finalizeHexadecimal() == file.sha256 else { throw Damaged() }
    }

    /// Keeps what a step made; `outputs` are its files by the names they had in the working directory. What
    /// cannot be kept is not: nobody needs it.
    func store(
        _ key: CacheKey, _ outputs: [(name: String, record: SessionRecord.OutputRecord)],
        of session: Directory, took time: Duration
    ) {
        let limit = state.withLock { $0.limit }
        let bytes = outputs.reduce(Self.overhead) { $0 + $1.record.bytes }
        guard bytes <= limit / 4, let cache = try? directory() else { return }
        let number = state.withLock { state in
            // Before the first of our own is there: what bears such a name then is an earlier daemon's.
            learn(&state, cache)
            state.drafts += 1
            return state.drafts
        }
        let draft = FileName("\(Self.draftPrefix)\(number)")
        do {
            try cache.make(draft)
            let place = try cache.directory(draft.display)
            for (number, output) in outputs.enumerated() {
                let source = try session.open(output.record.place, O_RDONLY)
                let target = try place.open("\(number)", O_WRONLY | O_CREAT | O_EXCL)
                try source.copy(to: target)
            }
            let entry = Entry(
                files: outputs.map {
                    Entry.File(name: $0.name, bytes: $0.record.bytes, sha256: $0.record.sha256)
                }, seconds: time.seconds)
            _ = try place.create(
                RecordFile.encode(entry, subject: key.text), as: Self.entryName)
            let name = FileName(key.text)
            guard try cache.rename(draft, into: cache, as: name) else {
                return try cache.removeTree(draft)
            }
            note(name, bytes, in: cache)
            shrink(to: limit)
        } catch {
            try? cache.removeTree(draft)
        }
    }

    /// Removes everything, as when the disk is full.
    public func clear() { shrink(to: 0) }

    /// Removes entries, those first that were not used for the longest time, until the rest has so many bytes.
    private func shrink(to limit: Int) {
        guard let cache = try? directory() else { return }
        let names = state.withLock { state -> [FileName] in
            learn(&state, cache)
            guard state.total > limit, var known = state.known else { return [] }
            var removed: [FileName] = []
            for (name, entry) in known.sorted(by: { $0.value.used < $1.value.used })
            where state.total > limit {
                removed.append(name)
                known[name] = nil
                state.total -= entry.bytes
            }
            state.known = known
            return removed
        }
        for name in names { try? cache.removeTree(name) }
    }

    private func note(_ name: FileName, _ bytes: Int, in cache: Directory) {
        state.withLock { state in
            learn(&state, cache)
            state.total += bytes - (state.known?[name]?.bytes ?? 0)
            state.known?[name] = State.Known(bytes: bytes, used: .now)
        }
    }

    private func forget(_ name: FileName, in cache: Directory) {
        state.withLock { state in
            state.total -= state.known?.removeValue(forKey: name)?.bytes ?? 0
        }
        try? cache.removeTree(name)
    }

    /// Finds out what is there, which earlier daemons left, and removes what they did not finish.
    private func learn(_ state: inout State, _ cache: Directory) {
        guard state.known == nil else { return }
        var known: [FileName: State.Known] = [:]
        let now = Timestamp.now
        for name in (try? cache.entries()) ?? [] {
            if name.hasPrefix(".") {
                try? cache.removeTree(name)
                continue
            }
            guard let status = try? cache.status(name) else { continue }
            let age = now.since(Timestamp(secondsSince1970: status.modified))
            let bytes = ((try? cache.sizeOfTree(name)) ?? 0) + Self.overhead
            known[name] = State.Known(bytes: bytes, used: .now - max(.zero, age))
            state.total += bytes
        }
        state.known = known
    }

    private func directory() throws(SystemError) -> Directory {
        try parent.make(Self.directoryName)
        return try parent.directory(Self.directoryName.display)
    }
}
