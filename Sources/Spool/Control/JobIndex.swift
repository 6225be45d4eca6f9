import Core
import Linux

/// Which claimed jobs were dropped under a name, in memory: to find them in the directories takes reading
/// the record of each.
///
/// It is a hint as all memory is: whoever asks looks for the sessions it names where they have to be.
public struct JobIndex: Sendable {
    /// What a look at the directories tells.
    public struct Lesson: Sendable {
        /// The jobs that were not known before, by their sessions.
        var names: [SessionID: String]
        /// Those that were known before and are nowhere any more.
        var gone: Set<SessionID>
    }

    private var names: [SessionID: String] = [:]
    private var sessions: [ExactText: Set<SessionID>] = [:]

    /// Whether all were looked at once, so that it lacks only what was moved by hand since.
    public private(set) var isComplete = false

    /// Knows none.
    public init() {}

    /// All it knows.
    public var known: Set<SessionID> { Set(names.keys) }

    /// The claimed jobs that were dropped under `name`.
    public func sessions(named name: String) -> Set<SessionID> { sessions[ExactText(name)] ?? [] }

    /// The name that a claimed job was dropped under, as far as it is known.
    public func name(of id: SessionID) -> String? { names[id] }

    /// Notes a claimed job.
    public mutating func add(_ id: SessionID, _ name: String) {
        if names[id].map(ExactText.init) == ExactText(name) { return }
        remove(id)
        names[id] = name
        sessions[ExactText(name), default: []].insert(id)
    }

    /// Forgets a job, which has ended.
    public mutating func remove(_ id: SessionID) {
        guard let name = names.removeValue(forKey: id).map(ExactText.init) else { return }
        sessions[name]?.remove(id)
        if sessions[name]?.isEmpty == true { sessions[name] = nil }
    }

    /// Takes note of what a look has told.
    public mutating func learn(_ lesson: Lesson) {
        for id in lesson.gone { remove(id) }
        for (id, name) in lesson.names where names[id] == nil { add(id, name) }
        isComplete = true
    }

    /// Looks at the directories of claimed jobs, and reads the records of those that are not `known`.
    public static func look(
        in root: SpoolRoot, besides known: Set<SessionID>
    ) throws(Failure) -> Lesson {
        try converting("look for the claimed jobs of \(root.path):") {
            var found: Set<SessionID> = []
            // Twice, for jobs move between them.
            for state in SpoolDirectory.claimed + SpoolDirectory.claimed {
                found.formUnion(try root[state].entries().compactMap(\.sessionID))
            }
            let lookup = JobLookup(root: root)
            var names: [SessionID: String] = [:]
            for id in found.subtracting(known) { names[id] = lookup.name(of: id) }
            return Lesson(names: names, gone: known.subtracting(found))
        }
    }
}
