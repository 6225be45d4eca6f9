import Core
import Spool

/// The jobs that may start, the most urgent first: what was begun, then what waits in the inbox.
struct JobQueue {
    /// What a job is, as far as starting it goes.
    enum Entry: Hashable, Sendable {
        /// A file in the inbox.
        case file(FileName)
        /// A session that was begun before. A suspect is one over which daemons died.
        case session(SessionID, isSuspect: Bool = false)
        /// A claim that a crash interrupted.
        case claim(SessionID)
    }

    /// How long a job has to wait, in seconds, to go before one of the next higher priority that has
    /// just come.
    ///
    /// A job's urgency thus grows as it waits, and all grow alike: their order never changes, so each
    /// has a fixed rank.
    private let ageing: Double

    private struct Begun {
        var entry: Entry
        /// The group it belongs to; all of a lower one go first.
        var group: Int
        var rank: Double
        var id: SessionID
    }

    /// Sessions and claims: a binary heap.
    private var begun: [Begun] = []
    private var sessions: Set<SessionID> = []
    private var waiting = WaitingFiles()

    /// An empty queue.
    init(ageing: Double) { self.ageing = ageing }

    /// How many jobs wait.
    var count: Int { waiting.count + sessions.count }

    /// Whether the next job is one that is not begun yet.
    var nextIsNew: Bool { begun.isEmpty && waiting.count > 0 }

    /// The next job, if it is a file of the inbox, and the stamp it was added with.
    var nextFile: (name: FileName, stamp: UInt64)? { begun.isEmpty ? waiting.first : nil }

    /// Whether the next job is a suspect.
    var nextIsSuspect: Bool { begun.first?.group == Self.suspects }

    /// Adds a file of the inbox, or what is new about it. `stamp` tells its versions apart.
    mutating func add(_ candidate: Inbox.Candidate, stamp: UInt64) {
        waiting.add(
            candidate.name, rank: rank(candidate.priority, candidate.arrived), stamp: stamp)
    }

    private func rank(_ priority: Int, _ arrived: Timestamp) -> Double {
        arrived.secondsSince1970 - Double(priority) * ageing
    }

    /// The stamp of a file that waits.
    func stamp(of name: FileName) -> UInt64? { waiting.stamp(of: name) }

    /// Adds a session.
    mutating func add(
        _ id: SessionID, priority: Int, arrived: Timestamp, isSuspect: Bool = false
    ) {
        guard sessions.insert(id).inserted else { return }
        push(
            Begun(
                entry: .session(id, isSuspect: isSuspect),
                group: isSuspect ? Self.suspects : Self.others, rank: rank(priority, arrived),
                id: id))
    }

    /// Adds an interrupted claim.
    mutating func add(claim id: SessionID) {
        guard sessions.insert(id).inserted else { return }
        push(Begun(entry: .claim(id), group: Self.claims, rank: 0, id: id))
    }

    /// Forgets a file that is not in the inbox any more.
    mutating func remove(_ name: FileName) { waiting.remove(name) }

    /// Whether a session waits.
    func contains(_ id: SessionID) -> Bool { sessions.contains(id) }

    /// Forgets a session, which is not to be started for now.
    mutating func remove(_ id: SessionID) {
        guard sessions.remove(id) != nil else { return }
        let rest = begun.filter { $0.id != id }
        begun = []
        for entry in rest { push(entry) }
    }

    /// Begins to find out which files are not in the inbox any more.
    mutating func beginSweep() { waiting.beginSweep() }

    /// Notes that a file is still there.
    mutating func meet(_ name: FileName) { waiting.meet(name) }

    /// Forgets the files that were neither met nor added since the sweep began.
    mutating func endSweep() { waiting.endSweep() }

    /// Forgets what waits in the inbox, and ranks by `ageing` what is added from now on.
    mutating func forgetWaiting(ageing: Double) {
        var queue = JobQueue(ageing: ageing)
        (queue.begun, queue.sessions) = (begun, sessions)
        self = queue
    }

    /// Takes the most urgent job.
    mutating func take() -> Entry? {
        guard let first = pop() else { return waiting.takeFirst().map(Entry.file) }
        sessions.remove(first.id)
        return first.entry
    }

    private static let (suspects, claims, others) = (0, 1, 2)

    private mutating func push(_ new: Begun) {
        begun.append(new)
        var child = begun.count - 1
        while child > 0, Self.isBefore(begun[child], begun[(child - 1) / 2]) {
            begun.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Begun? {
        guard let first = begun.first else { return nil }
        let last = begun.removeLast()
        guard !begun.isEmpty else { return first }
        begun[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < begun.count && Self.isBefore(begun[child], begun[least]) { least = child }
            if least == parent { return first }
            begun.swapAt(parent, least)
            parent = least
        }
    }

    private static func isBefore(_ a: Begun, _ b: Begun) -> Bool {
        (a.group, a.rank, a.id) < (b.group, b.rank, b.id)
    }
}

extension JobQueue.Entry {
    /// The session, if it has one yet.
    var session: SessionID? {
        switch self {
        case .file: nil
        case .session(let id, _), .claim(let id): id
        }
    }

    /// Whether it is a session over which daemons died.
    var isSuspect: Bool { if case .session(_, isSuspect: true) = self { true } else { false } }
}
