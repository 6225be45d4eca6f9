import Core
import Linux
import Spool

/// What the supervisor remembers of the requests in `control/`; the directory is the truth.
struct ControlDesk {
    /// A request that is being carried out, or waits for its job to come to rest.
    struct Engagement {
        /// Whom it is about: others about the same wait for it.
        var target: ControlRequest.Target
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
    var watch: DirectoryWatch?
    var watchTask: Task<Void, Never>?
    /// Whether the file is there that keeps jobs from being started.
    var isPaused = false
    /// Files to look at.
    private(set) var toLookAt: Set<FileName> = []
    /// When to try again what could not be carried out.
    private(set) var tryAgain: ContinuousClock.Instant?

    private var engagements: [FileName: Engagement] = [:]
    private var waiting: Set<FileName> = []
    private var failed: Set<FileName> = []
    private var said: Set<FileName> = []
    private var hasCaughtUp = false

    init(directory: Directory) { self.directory = directory }

    /// Whether jobs may be started: not while they are paused, nor before all was done that was
    /// asked for while no daemon ran.
    var mayStart: Bool { hasCaughtUp && !isPaused }

    /// Whether anything is being carried out.
    var isPerforming: Bool { engagements.values.contains(where: \.isPerforming) }

    /// The requests to look at now, as many as may be carried out.
    mutating func takeBatch() -> [FileName] {
        let room = Self.most - engagements.values.count(where: \.isPerforming)
        let names = Array(toLookAt.prefix(max(0, room)))
        toLookAt.subtract(names)
        return names
    }

    /// To be called when all of a batch has been looked at.
    mutating func noteTurn() { if toLookAt.isEmpty && !isPerforming { hasCaughtUp = true } }

    mutating func note(_ name: FileName) { toLookAt.insert(name) }

    /// Whether the request in `name` may be looked at: it is not at work, and no other is about the
    /// same job.
    func isFree(_ name: FileName, _ target: ControlRequest.Target) -> Bool {
        engagements[name].map { !$0.isPerforming }
            ?? !engagements.values.contains { $0.target == target }
    }

    /// Whether a request has a session to itself.
    func hasSetAside(_ id: SessionID) -> Bool {
        engagements.values.contains { $0.session == id }
    }

    /// Whether a request has a file of the inbox to itself.
    func hasSetAside(_ name: FileName) -> Bool { engagements.values.contains { $0.file == name } }

    mutating func begin(_ name: FileName, _ engagement: Engagement) {
        engagements[name] = engagement
        engagements[name]?.isPerforming = true
    }

    /// To be looked at again when a job has ended or was claimed.
    mutating func wait(_ name: FileName, for target: ControlRequest.Target) {
        if engagements[name] == nil { engagements[name] = Engagement(target: target) }
        waiting.insert(name)
    }

    mutating func lookAgainAtWaiting() {
        toLookAt.formUnion(waiting)
        waiting = []
    }

    /// It could not be carried out; says whether that is news.
    mutating func fail(_ name: FileName, tryAgain time: ContinuousClock.Instant) -> Bool {
        engagements[name]?.isPerforming = false
        tryAgain = min(tryAgain ?? time, time)
        failed.insert(name)
        return said.insert(name).inserted
    }

    func isDue(at now: ContinuousClock.Instant) -> Bool { tryAgain.map { $0 <= now } ?? false }

    mutating func lookAgainAtFailed() {
        tryAgain = nil
        toLookAt.formUnion(failed)
        failed = []
    }

    /// It is over with a request, or its file is gone: what it had to itself is given back. Others
    /// about the same job are to be looked at.
    mutating func end(_ name: FileName) -> Engagement? {
        waiting.remove(name)
        failed.remove(name)
        said.remove(name)
        guard let engagement = engagements.removeValue(forKey: name) else { return nil }
        for verb in ControlRequest.Verb.allCases {
            guard let other = ControlRequest(verb, engagement.target).fileName else { continue }
            toLookAt.insert(other)
        }
        return engagement
    }

    /// Whether something about a file is to be said: the first time only.
    mutating func isNews(_ name: FileName) -> Bool { said.insert(name).inserted }
}
