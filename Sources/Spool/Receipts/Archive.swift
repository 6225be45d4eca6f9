import Core
import Glibc
import Linux
import Synchronization

/// The terminal directories: files a job's file away with its receipt beside it.
///
/// The receipt is durable before the file appears, so whoever sees the file can read what became
/// of it. Filing twice what a crash interrupted is harmless.
public final class Archive: Sendable {
    let root: SpoolRoot
    private let reserved = Mutex<Set<FileName>>([])

    /// Files under `root`.
    public init(root: SpoolRoot) { self.root = root }

    /// Moves `name` of `source` to the terminal directory of the receipt, under the name it was
    /// dropped by or the next that is free. Returns the name it got; nil if there was no file.
    ///
    /// What `before` names is made durable first. Then `tidy` may remove what is not needed any more, a
    /// `record` that says the same as the receipt is put in force, and both are durable before the
    /// file moves.
    ///
    /// - Throws: why the file cannot be moved, among others; then there is no receipt of it either.
    public func file(
        _ name: FileName, of source: Directory, droppedAs job: FileName, _ receipt: Receipt,
        before: Commit = Commit(), record: Session.Prepared? = nil, tidy: () -> Void = {}
    ) throws(Failure) -> FileName? {
        try converting("file \(job.display) under \(receipt.state.rawValue)/:") {
            guard try source.contains(name) else { return nil }
            let target = root[receipt.state]
            let bytes = RecordFile.encode(receipt)
            var record = record
            var placed = Commit(directories: [target])
            while true {
                let final = try reserve(job, in: receipt.state)
                defer { release(final, in: receipt.state) }
                let temporary = FileName("\(receipt.state.rawValue)-\(final.checksum).new")
                var commit = before
                commit.files.append(try root[.state].create(bytes, as: temporary))
                if let record { commit.add(record.commit) }
                try root.sync.perform(commit)
                tidy()
                if let record { placed.add(try record.place()) }
                record = nil
                do throws(SystemError) {
                    try root[.state].move(
                        temporary, into: target, replacing: final.appending(".receipt"))
                } catch {
                    // A directory has come there in the meantime: the next name.
                    guard error.errno == EISDIR else { throw error }
                    try root[.state].remove(temporary)
                    continue
                }
                try root.sync.perform(placed)
                let isFiled: Bool
                do throws(SystemError) {
                    isFiled = try source.rename(name, into: target, as: final)
                } catch {
                    // Taken away in the meantime, or not to be moved at all: a receipt would be about
                    // nothing. Where it cannot be taken away either, the first failure says more.
                    _ = try? target.remove(final.appending(".receipt"))
                    _ = try? root.sync.sync(target)
                    guard error.errno == ENOENT else { throw error }
                    return nil
                }
                if isFiled {
                    try root.sync.perform(Commit(directories: [target, source]))
                    return final
                }
                // Somebody else put a file of that name there in the meantime: the next name. The receipt
                // would be taken for that file's.
                try target.remove(final.appending(".receipt"))
            }
        }
    }

    private func reserve(_ job: FileName, in state: SpoolDirectory) throws -> FileName {
        let directory = root[state]
        var number = 1
        while true {
            let name = job.numbered(number)
            if take(name, in: state) {
                do {
                    // Over a file that is left of another receipt it is written, over a directory it
                    // cannot be.
                    let receipt = try directory.status(name.appending(".receipt"))
                    if receipt?.kind != .directory, try !directory.contains(name) { return name }
                } catch {
                    release(name, in: state)
                    throw error
                }
                release(name, in: state)
            }
            number += 1
        }
    }

    /// Keeps others from a name as long as it is worked on; false if somebody else does.
    func take(_ name: FileName, in state: SpoolDirectory) -> Bool {
        reserved.withLock { $0.insert(key(name, state)).inserted }
    }

    func release(_ name: FileName, in state: SpoolDirectory) {
        _ = reserved.withLock { $0.remove(key(name, state)) }
    }

    private func key(_ name: FileName, _ state: SpoolDirectory) -> FileName {
        name.appending(" in \(state.rawValue)")
    }
}
