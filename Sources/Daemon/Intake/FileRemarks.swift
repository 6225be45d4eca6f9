import Core
import Linux
import Spool

/// What there is to say of the files of the inbox that are not taken up, and what was said of it already.
struct FileRemarks {
    typealias Instant = ContinuousClock.Instant

    private struct Entry {
        var remark: Inbox.Remark
        /// Since when it is so.
        var since: Timestamp
        /// When it was said; nil if it is for those who ask alone.
        var said: Instant?
        /// Whether something was done to the file since then.
        var hasChanged = false
    }

    /// How long the same is not said again of the same file, whatever is done to it.
    static let silence: Duration = .seconds(30)

    /// How many files are remembered: the others are left alone without a word.
    static let most = 10_000

    private var entries: [FileName: Entry] = [:]

    /// Another number whenever something else is to be shown.
    private(set) var version = 0

    /// How many files there is something to say of.
    var count: Int { entries.count }

    /// Their names.
    var names: [FileName] { Array(entries.keys) }

    /// Notes what was found of a file; whether that is to be said: once, and again when the file has
    /// changed and that is a while ago.
    mutating func note(
        _ name: FileName, _ remark: Inbox.Remark, at now: Timestamp, _ instant: Instant
    ) -> Bool {
        guard entries.count < Self.most || entries[name] != nil else { return false }
        var entry = Entry(remark: remark, since: now)
        if let old = entries[name], old.remark.status.identity == remark.status.identity,
            old.remark.failure.code == remark.failure.code
        {
            entry = old
            entry.hasChanged = old.hasChanged || old.remark.status != remark.status
            entry.remark = remark
        }
        let isSilent = entry.said.map { !entry.hasChanged || instant - $0 < Self.silence } ?? false
        let isNews = remark.isProblem && !isSilent
        if isNews { (entry.said, entry.hasChanged) = (instant, false) }
        if entries.updateValue(entry, forKey: name)?.remark != remark { version += 1 }
        return isNews
    }

    /// There is nothing to say of a file any more.
    mutating func forget(_ name: FileName) {
        if entries.removeValue(forKey: name) != nil { version += 1 }
    }

    /// So many of them, to be shown, by name.
    func shown(_ most: Int) -> [DaemonSnapshot.File] {
        entries.prefix(most).sorted { $0.key < $1.key }.map { name, entry in
            DaemonSnapshot.File(
                name: name.jobText, changed: entry.remark.status.changed, since: entry.since,
                reason: Obstacle(entry.remark.failure))
        }
    }
}
