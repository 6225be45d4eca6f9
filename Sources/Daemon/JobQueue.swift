import Core
import Linux
import Spool

/// The jobs that may start, the most urgent first. A binary heap, so that a hundred thousand
/// waiting jobs cost no more than a few.
struct JobQueue {
    /// What a job is, as far as starting it goes.
    enum Entry: Hashable, Sendable {
        /// A file in the inbox.
        case candidate(Inbox.Candidate)
        /// A session that was begun before. A suspect is one over which daemons died.
        case session(SessionID, priority: Int, arrived: Timestamp, isSuspect: Bool = false)
        /// A claim that a crash interrupted.
        case claim(SessionID)
    }

    private var heap: [Entry] = []
    /// The candidates that count: an entry of the heap that is not here any more is skipped.
    private var candidates: [FileName: Inbox.Candidate] = [:]
    private var sessions: Set<SessionID> = []

    /// How many jobs wait.
    var count: Int { candidates.count + sessions.count }

    /// How many of them wait in the inbox.
    var waitingInInbox: Int { candidates.count }

    /// Adds a file of the inbox, or what is new about it.
    mutating func add(_ candidate: Inbox.Candidate) {
        guard candidates[candidate.name] != candidate else { return }
        candidates[candidate.name] = candidate
        push(.candidate(candidate))
    }

    /// Adds a session.
    mutating func add(
        _ id: SessionID, priority: Int, arrived: Timestamp, isSuspect: Bool = false
    ) {
        guard sessions.insert(id).inserted else { return }
        push(.session(id, priority: priority, arrived: arrived, isSuspect: isSuspect))
    }

    /// Whether the next job is a suspect.
    var nextIsSuspect: Bool { heap.first?.isSuspect ?? false }

    /// Adds an interrupted claim.
    mutating func add(claim id: SessionID) {
        guard sessions.insert(id).inserted else { return }
        push(.claim(id))
    }

    /// Forgets a file that is not in the inbox any more.
    mutating func remove(_ name: FileName) { candidates[name] = nil }

    /// Whether a session waits.
    func contains(_ id: SessionID) -> Bool { sessions.contains(id) }

    /// Forgets a session, which is not to be started for now.
    mutating func remove(_ id: SessionID) {
        guard sessions.remove(id) != nil else { return }
        // A suspect at the top would keep the others waiting.
        while let first = heap.first, !isLive(first) { _ = pop() }
    }

    private func isLive(_ entry: Entry) -> Bool {
        switch entry {
        case .candidate(let candidate): candidates[candidate.name] == candidate
        case .session(let id, _, _, _), .claim(let id): sessions.contains(id)
        }
    }

    /// Forgets the files that are not in the inbox any more.
    mutating func retainCandidates(_ names: Set<FileName>) {
        candidates = candidates.filter { names.contains($0.key) }
    }

    /// Takes the most urgent job.
    mutating func take() -> Entry? {
        while let entry = pop() {
            guard isLive(entry) else { continue }
            switch entry {
            case .candidate(let candidate): candidates[candidate.name] = nil
            case .session(let id, _, _, _), .claim(let id): sessions.remove(id)
            }
            return entry
        }
        return nil
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Entry? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].isBefore(heap[least]) { least = child }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

extension JobQueue.Entry {
    /// The session, if it has one yet.
    var session: SessionID? {
        switch self {
        case .candidate: nil
        case .session(let id, _, _, _), .claim(let id): id
        }
    }

    /// Whether it is a session over which daemons died.
    var isSuspect: Bool {
        if case .session(_, _, _, isSuspect: true) = self { return true }
        return false
    }

    /// Suspects come first, then what was begun, then what is more urgent, then what is older.
    func isBefore(_ other: Self) -> Bool { rank < other.rank }

    private var rank: (Int, Int, Timestamp, FileName) {
        switch self {
        case .claim(let id): (0, 0, Timestamp(secondsSince1970: 0), FileName(id.description))
        case .session(let id, let priority, let arrived, let isSuspect):
            (isSuspect ? -1 : 0, -priority, arrived, FileName(id.description))
        case .candidate(let candidate):
            (1, -candidate.header.priority, candidate.arrived, candidate.name)
        }
    }
}
