import Core
import Spool

/// The jobs that may start. Turns go round those who submitted them, so that nobody's crowd keeps another
/// one's job waiting; of one submitter's, what was begun goes first, then the most urgent of what waits in
/// the inbox.
struct JobQueue {
    /// What a job is, as far as starting it goes.
    enum Entry: Hashable, Sendable {
        /// A file in the inbox, as it was when it was found to be a job; nil if that does not matter.
        case file(FileName, stamp: UInt64? = nil)
        /// A session that was begun before. A suspect is one over which daemons died.
        case session(SessionID, isSuspect: Bool = false)
        /// A claim that a crash interrupted.
        case claim(SessionID)
    }

    /// A job that is next.
    struct Job: Hashable, Sendable {
        var entry: Entry
        /// Whose it is; nil if that is not known yet.
        var owner: UInt32?
        /// Whether it is not begun yet.
        var isNew: Bool { if case .file = entry { true } else { false } }
    }

    /// How long a job has to wait, in seconds, to go before one of the next higher priority that has
    /// just come.
    ///
    /// A job's urgency thus grows as it waits, and all grow alike: their order never changes, so each
    /// has a fixed rank.
    private let ageing: Double

    private struct Begun: Comparable, Sendable {
        var entry: Entry
        /// The group it belongs to; all of a lower one go first.
        var group: Int
        var rank: Double
        var id: SessionID
        /// Tells it from what was queued for the same session before.
        var number: Int

        static func < (a: Begun, b: Begun) -> Bool {
            (a.group, a.rank, a.id) < (b.group, b.rank, b.id)
        }
    }

    /// What one submitter has.
    private struct Line {
        var begun = Heap<Begun>()
        var waiting = WaitingFiles()

        var isEmpty: Bool { begun.first == nil && waiting.count == 0 }
    }

    /// Suspects and interrupted claims, which go before all others.
    private var first = Heap<Begun>()
    private var lines: [UInt32: Line] = [:]
    /// Those who have had their turn in this round.
    private var served: Set<UInt32> = []
    /// The sessions in the queue, each with the number of the entry that counts.
    private var sessions: [SessionID: Int] = [:]
    private var lastNumber = 0
    /// Another number whenever what waits in the inbox may have changed.
    private(set) var version = 0

    /// An empty queue.
    init(ageing: Double) { self.ageing = ageing }

    /// How many jobs wait.
    var count: Int { sessions.count + lines.values.reduce(0) { $0 + $1.waiting.count } }

    /// How many files of a submitter wait.
    func waiting(of owner: UInt32) -> Int { lines[owner]?.waiting.count ?? 0 }

    /// Adds a file of the inbox, or what is new about it. `stamp` tells its versions apart. One whose bytes are
    /// what they were, but not its permissions, keeps its turn.
    mutating func add(_ candidate: Inbox.Candidate, stamp: UInt64) {
        version += 1
        for (owner, line) in lines
        where owner != candidate.owner && line.waiting.stamp(of: candidate.name) != nil {
            lines[owner]?.waiting.remove(candidate.name)
        }
        lines[candidate.owner, default: Line()].waiting.add(
            candidate.name, rank: rank(candidate.priority, candidate.arrived), stamp: stamp,
            contents: candidate.contents)
    }

    private func rank(_ priority: Int, _ arrived: Timestamp) -> Double {
        arrived.secondsSince1970 - Double(priority) * ageing
    }

    /// The stamp of a file that waits.
    func stamp(of name: FileName) -> UInt64? {
        for line in lines.values {
            if let stamp = line.waiting.stamp(of: name) { return stamp }
        }
        return nil
    }

    /// Adds a session.
    mutating func add(
        _ id: SessionID, priority: Int, arrived: Timestamp, owner: UInt32, isSuspect: Bool = false
    ) {
        guard let number = number(for: id) else { return }
        let begun = Begun(
            entry: .session(id, isSuspect: isSuspect),
            group: isSuspect ? Self.suspects : Self.others, rank: rank(priority, arrived), id: id,
            number: number)
        if isSuspect {
            first.insert(begun)
        } else {
            lines[owner, default: Line()].begun.insert(begun)
        }
    }

    /// Adds an interrupted claim.
    mutating func add(claim id: SessionID) {
        guard let number = number(for: id) else { return }
        first.insert(
            Begun(entry: .claim(id), group: Self.claims, rank: 0, id: id, number: number))
    }

    private mutating func number(for id: SessionID) -> Int? {
        guard sessions[id] == nil else { return nil }
        lastNumber += 1
        sessions[id] = lastNumber
        return lastNumber
    }

    /// Forgets a file that is not in the inbox any more.
    mutating func remove(_ name: FileName) {
        version += 1
        changeLines { $0.waiting.remove(name) }
    }

    /// Changes each line where it is: with its keys at hand the dictionary, and what lies in it, would be
    /// copied.
    private mutating func changeLines(_ change: (inout Line) -> Void) {
        var index = lines.startIndex
        while index != lines.endIndex {
            change(&lines.values[index])
            lines.formIndex(after: &index)
        }
    }

    /// Whether a session waits.
    func contains(_ id: SessionID) -> Bool { sessions[id] != nil }

    /// Forgets a session, which is not to be started for now.
    mutating func remove(_ id: SessionID) { sessions[id] = nil }

    /// Begins to find out which files are not in the inbox any more.
    mutating func beginSweep() { changeLines { $0.waiting.beginSweep() } }

    /// Notes that a file is still there.
    mutating func meet(_ name: FileName) { changeLines { $0.waiting.meet(name) } }

    /// Forgets the files that were neither met nor added since the sweep began.
    mutating func endSweep() {
        version += 1
        changeLines { $0.waiting.endSweep() }
    }

    /// Forgets what waits in the inbox, and ranks by `ageing` what is added from now on.
    mutating func forgetWaiting(ageing: Double) {
        var queue = self
        queue.changeLines { $0.waiting = WaitingFiles() }
        self = JobQueue(copying: queue, ageing: ageing)
    }

    private init(copying queue: JobQueue, ageing: Double) {
        self.ageing = ageing
        (first, lines, served) = (queue.first, queue.lines, queue.served)
        (sessions, lastNumber) = (queue.sessions, queue.lastNumber)
        version = queue.version + 1
    }

    /// The files whose turn is next, as far as nothing else comes and everybody may have another at work.
    func upcoming(_ most: Int) -> [FileName] {
        // What is begun goes first in any case.
        var rest = self
        var names: [FileName] = []
        while names.count < most, let job = rest.next() {
            if case .file(let name, _) = job.entry { names.append(name) }
            rest.take(job)
        }
        return names
    }

    /// The job whose turn it is: of those submitters that `mayRun` lets have one more; only what was
    /// begun, unless `isNewAllowed`.
    mutating func next(
        isNewAllowed: Bool = true, mayRun: (UInt32) -> Bool = { _ in true }
    ) -> Job? {
        prune()
        if let begun = first.first { return Job(entry: begun.entry, owner: nil) }
        // Whoever has had no turn yet, then whoever has something begun, then the most urgent.
        var best: (key: (Int, Int, Double, UInt32), job: Job)?
        for (owner, line) in lines where mayRun(owner) {
            let turn = served.contains(owner) ? 1 : 0
            let key: (Int, Int, Double, UInt32)
            let entry: Entry
            if let begun = line.begun.first {
                (key, entry) = ((turn, 0, begun.rank, owner), begun.entry)
            } else if isNewAllowed, let rank = line.waiting.firstRank,
                let file = line.waiting.first
            {
                key = (turn, 1, rank, owner)
                entry = .file(file.name, stamp: file.stamp)
            } else {
                continue
            }
            if best.map({ key < $0.key }) ?? true { best = (key, Job(entry: entry, owner: owner)) }
        }
        return best?.job
    }

    /// Takes the job that `next` has just named.
    mutating func take(_ job: Job) {
        if let owner = job.owner {
            // When all that may have had theirs, the next round begins.
            if served.contains(owner) { served = [] }
            served.insert(owner)
        }
        switch job.entry {
        case .file(let name, _): remove(name)
        case .session(let id, _), .claim(let id): sessions[id] = nil
        }
        prune()
    }

    /// Sees to it that what is first in each heap is still wanted, and that what is not does not grow.
    private mutating func prune() {
        let sessions = sessions
        func isWanted(_ begun: Begun) -> Bool { sessions[begun.id] == begun.number }
        func prune(_ heap: inout Heap<Begun>) {
            while let begun = heap.first, !isWanted(begun) { heap.popFirst() }
            if heap.count > 2 * sessions.count + 64 { heap.keep(isWanted) }
        }
        prune(&first)
        changeLines { prune(&$0.begun) }
        for (owner, line) in lines where line.isEmpty { lines[owner] = nil }
    }

    private static let (suspects, claims, others) = (0, 1, 2)
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
