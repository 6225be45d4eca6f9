import Core
import Linux
import Spool

/// Which files of the inbox are to be looked at, which are somebody's at present, and which are to be
/// filed as no jobs: a value that says what to do next, and does none of it.
struct InboxScanner {
    typealias Instant = ContinuousClock.Instant

    /// Something that is no job.
    struct Reject: Sendable {
        var name: FileName
        var failure: Failure
        /// What it was when it was judged.
        var status: FileStatus
    }

    /// How many files are looked at in one go.
    static let batch = 64
    /// How many are filed as no jobs at once, so that any crowd of them leaves threads and the disk
    /// to the jobs.
    static let rejectionsAtOnce = 8
    /// How many more are kept with what is wrong with them; of others only the names.
    static let mostRejects = 256

    /// Files to look at; whether each came by a rename.
    private var hints: [FileName: Bool] = [:]
    /// Files that are somebody's, who claims, files or moves them; for each what was hinted at
    /// meanwhile.
    private var busy: [FileName: Bool?] = [:]
    /// Files to look at again later.
    private var rechecks = Schedule<FileName, Instant>()
    private var rejects: [Reject] = []
    private var nextReject = 0
    private var rejecting = 0
    private var postponed = UniqueQueue<FileName>()

    /// How many are to be looked at.
    var count: Int { hints.count }

    /// When there is something to look at again; nil if there is nothing.
    var nextRecheck: Instant? { rechecks.earliest }

    /// Whether a file is somebody's.
    func isBusy(_ name: FileName) -> Bool { busy[name] != nil }

    /// Whether a file will be looked at anyway.
    func isHinted(_ name: FileName) -> Bool { hints[name] != nil }

    /// A file is to be looked at, as soon as it is nobody's.
    mutating func hint(_ name: FileName, renamedIn: Bool = false) {
        if let missed = busy[name] {
            busy[name] = .some(renamedIn || missed == true)
        } else {
            hints[name] = renamedIn || hints[name] == true
        }
    }

    /// A file is to be looked at again then.
    mutating func recheck(_ name: FileName, at time: Instant) { rechecks.set(name, to: time) }

    /// Time has come to look at some again.
    mutating func wake(at now: Instant) {
        for name in rechecks.takeDue(at: now) { hint(name) }
    }

    /// Takes the next few files to look at.
    mutating func takeBatch() -> [(name: FileName, renamedIn: Bool)] {
        let batch = Array(hints.prefix(Self.batch))
        for (name, _) in batch { hints[name] = nil }
        return batch.map { (name: $0.key, renamedIn: $0.value) }
    }

    /// A file has been looked at. False if it has become somebody's meanwhile, so that what was seen
    /// says nothing: it is looked at again when it is nobody's.
    mutating func examined(_ name: FileName) -> Bool {
        rechecks.remove(name)
        guard busy[name] == nil else {
            hint(name)
            return false
        }
        return true
    }

    /// A file is somebody's from now on.
    mutating func hold(_ name: FileName) {
        busy[name] = .some(nil)
        hints[name] = nil
        rechecks.remove(name)
    }

    /// A file is nobody's any more, and to be looked at: another of that name may have come.
    mutating func release(_ name: FileName) {
        let missed = busy.removeValue(forKey: name) ?? nil
        hint(name, renamedIn: missed == true)
    }

    // MARK: - What is no job

    /// A file is no job.
    mutating func reject(_ reject: Reject) {
        hold(reject.name)
        if rejects.count - nextReject < Self.mostRejects {
            rejects.append(reject)
        } else {
            postponed.append(reject.name)
        }
    }

    /// The next that is to be filed as no job, if another may be now.
    mutating func takeReject() -> Reject? {
        guard rejecting < Self.rejectionsAtOnce, nextReject < rejects.count else { return nil }
        let reject = rejects[nextReject]
        nextReject += 1
        if nextReject == rejects.count { (rejects, nextReject) = ([], 0) }
        rejecting += 1
        return reject
    }

    /// It is filed, or could not be. In the latter case it is looked at again only if something was
    /// hinted at meanwhile.
    mutating func rejectionEnded(_ name: FileName, isFiled: Bool) {
        rejecting -= 1
        if isFiled {
            release(name)
        } else if let missed = busy.removeValue(forKey: name), let renamedIn = missed {
            hint(name, renamedIn: renamedIn)
        }
        // What is wrong with them was not kept: they are judged anew.
        if rejects.count - nextReject < Self.mostRejects / 2 {
            for name in postponed.popFirst(Self.mostRejects / 2) { release(name) }
        }
    }
}
