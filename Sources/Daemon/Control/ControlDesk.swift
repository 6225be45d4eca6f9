import Core
import Linux
import Spool

/// What the supervisor remembers of the requests in `control/`; the directory is the truth.
///
/// They are taken first come, first served, a few at a time; one about a job waits for those about the
/// same job that came before it.
struct ControlDesk {
    /// A request that is being carried out, or waits for its job to come to rest.
    struct Engagement {
        /// Whom it is about; nil if it is about no job.
        var target: ControlRequest.Target?
        /// The session that nobody else is to take up meanwhile.
        var session: SessionID?
        /// The file of the inbox that nobody else is to take up meanwhile.
        var file: FileName?
        /// Whether it is at work.
        var isPerforming = false
    }

    /// How many are carried out at once.
    static let most = 32

    /// The directory.
    var directory: Directory
    /// The watch of it, where that of the inbox does not tell of it too.
    var watch: DirectoryWatch?
    /// Who wants that no jobs are started; nil if nobody does.
    var pause: PendingRequests.Pause?
    /// What lies there and is no request, to be removed.
    var strays = UniqueQueue<FileName>()
    /// When to try again what could not be carried out.
    private(set) var tryAgain: ContinuousClock.Instant?

    private var queue = UniqueQueue<FileName>()
    private var engagements: [FileName: Engagement] = [:]
    /// The requests that are engaged, by what they have to themselves.
    private var byTarget: [ControlRequest.Target: FileName] = [:]
    private var sessions: Set<SessionID> = []
    private var files: Set<FileName> = []
    private var performing = 0
    /// Those about the same job, in the order they came.
    private var behind: [ControlRequest.Target: UniqueQueue<FileName>] = [:]
    private var waiting = UniqueQueue<FileName>()
    private var failed = UniqueQueue<FileName>()
    /// Failures that were told: no more than there are requests that failed.
    private var said: Set<FileName> = []
    /// What lay there at the start and was not seen to yet; nil before that is known.
    private var first: Set<FileName>?

    init(directory: Directory) { self.directory = directory }

    /// Whether jobs may be started: not while they are paused, nor before all was seen to that was
    /// asked for while no daemon ran.
    var mayStart: Bool { first?.isEmpty == true && pause == nil }

    /// Whether anything is being carried out.
    var isPerforming: Bool { performing > 0 }

    /// Whether there is one to look at that may be carried out.
    var hasNext: Bool { !queue.isEmpty && performing < Self.most }

    /// The next request to look at, if another may be carried out.
    mutating func takeNext() -> FileName? { hasNext ? queue.popFirst() : nil }

    /// Something was seen in the directory.
    mutating func note(_ name: FileName) { queue.append(name) }

    /// All that lies in the directory, the oldest first.
    mutating func note(all names: [FileName]) {
        if first == nil { first = Set(names) }
        for name in names { note(name) }
        said.formIntersection(names)
    }

    /// Whether the request in `name` may be looked at: it is not at work, and none that came before it
    /// is about the same job. Otherwise it comes up when that is over.
    mutating func isFree(_ name: FileName, _ target: ControlRequest.Target) -> Bool {
        if let own = engagements[name] { return !own.isPerforming }
        guard byTarget[target] != nil else { return true }
        behind[target, default: UniqueQueue()].append(name)
        return false
    }

    /// Whether a request about something else than jobs is at work.
    func isAtWork(_ name: FileName) -> Bool { engagements[name]?.isPerforming == true }

    /// Whether a request has a session to itself.
    func hasSetAside(_ id: SessionID) -> Bool { sessions.contains(id) }

    /// Whether a request has a file of the inbox to itself.
    func hasSetAside(_ name: FileName) -> Bool { files.contains(name) }

    /// A request is being carried out from now on.
    mutating func begin(_ name: FileName, _ engagement: Engagement) {
        var engagement = engagement
        engagement.isPerforming = true
        put(engagement, for: name)
    }

    /// To be looked at again when a job has ended or was claimed, or more is known.
    mutating func wait(_ name: FileName, for target: ControlRequest.Target) {
        if engagements[name] == nil { put(Engagement(target: target), for: name) }
        waiting.append(name)
    }

    mutating func lookAgainAtWaiting() {
        while let name = waiting.popFirst() { queue.append(name) }
    }

    /// It could not be carried out; says whether that is news.
    mutating func fail(_ name: FileName, tryAgain time: ContinuousClock.Instant) -> Bool {
        stopPerforming(name)
        first?.remove(name)
        tryAgain = min(tryAgain ?? time, time)
        failed.append(name)
        return said.insert(name).inserted
    }

    func isDue(at now: ContinuousClock.Instant) -> Bool { tryAgain.map { $0 <= now } ?? false }

    mutating func lookAgainAtFailed() {
        tryAgain = nil
        while let name = failed.popFirst() { queue.append(name) }
    }

    /// More has been learned: one that waited to be told what it is about is not at work any more.
    mutating func stopPerforming(_ name: FileName) {
        guard engagements[name]?.isPerforming == true else { return }
        engagements[name]?.isPerforming = false
        performing -= 1
    }

    /// It is over with a request, or its file is gone: what it had to itself is given back, and the
    /// next about the same job comes up.
    mutating func end(_ name: FileName) -> Engagement? {
        said.remove(name)
        first?.remove(name)
        stopPerforming(name)
        guard let engagement = engagements.removeValue(forKey: name) else { return nil }
        if let session = engagement.session { sessions.remove(session) }
        if let file = engagement.file { files.remove(file) }
        guard let target = engagement.target else { return engagement }
        if byTarget[target] == name { byTarget[target] = nil }
        // All of them: some may be gone, and the first that is not goes before the others.
        while let next = behind[target]?.popFirst() { queue.append(next) }
        behind[target] = nil
        return engagement
    }

    private mutating func put(_ engagement: Engagement, for name: FileName) {
        if engagements[name]?.isPerforming == true { performing -= 1 }
        engagements[name] = engagement
        if engagement.isPerforming { performing += 1 }
        if let target = engagement.target { byTarget[target] = name }
        if let session = engagement.session { sessions.insert(session) }
        if let file = engagement.file { files.insert(file) }
    }
}
