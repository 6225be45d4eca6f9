import Core
import Linux

/// What a daemon finds when it starts: everything that was in flight when the last one ended. It
/// looks at `active/`, `deferred/` and staging, never at history.
public struct Recovery: Sendable {
    /// Something found.
    public enum Finding: Sendable {
        /// A job to go on with.
        case job(SessionID)
        /// A claim to go on with.
        case claim(SessionID)
        /// A parked job and when to take it up.
        case parked(SessionID, until: Timestamp)
        /// What is in nobody's way, but could not be removed.
        case leftover(Failure)
        /// A file that does not belong there.
        case stray(SpoolDirectory, FileName)
    }

    private let root: SpoolRoot

    /// Looks under `root`.
    public init(root: SpoolRoot) { self.root = root }

    /// Removes what nobody claimed and what was half written, and says what is left to do.
    public func run() throws(Failure) -> [Finding] {
        try converting("recover \(root.path):") {
            var leftovers: [Finding] = []
            for name in try root[.state].entries() where name.hasSuffix(".new") {
                leftovers += removing(name, of: root[.state])
            }
            for name in try root.staging.entries()
            where try !isClaimed(name.appending(".json")) {
                leftovers += removing(name, of: root.staging)
            }
            return try leftovers + findings(in: .active) + findings(in: .deferred)
        }
    }

    /// Whether a job's file is where sessions that are not at their end have theirs. What is in
    /// `held/` is an operator's to give back, and until then nobody's to take up.
    private func isClaimed(_ name: FileName) throws(SystemError) -> Bool {
        for state in [SpoolDirectory.active, .deferred, .held] {
            if try root[state].contains(name) { return true }
        }
        return false
    }

    /// Removes what is of no use any more. That it cannot be removed keeps no job from going on.
    private func removing(_ name: FileName, of directory: Directory) -> [Finding] {
        do throws(SystemError) {
            try directory.removeTree(name)
            return []
        } catch {
            return [.leftover(error.failure("remove"))]
        }
    }

    private func findings(in state: SpoolDirectory) throws -> [Finding] {
        try root[state].entries().sorted().compactMap { name in
            guard let text = name.text, let id = SessionID(text.dropLast(".json".count)),
                text.hasSuffix(".json")
            else { return .stray(state, name) }
            if state == .deferred {
                guard let status = try root[state].status(name) else { return nil }
                return .parked(id, until: Timestamp(secondsSince1970: status.modified))
            }
            let isWhole = try root[.outputs].contains(FileName(id.description))
            return isWhole ? .job(id) : .claim(id)
        }
    }
}
