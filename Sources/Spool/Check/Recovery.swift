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
            let leftovers = try leftovers().flatMap { removing($0.name, of: $0.directory) }
            return try leftovers + findings(in: .active) + findings(in: .deferred)
        }
    }

    /// What nobody claimed and what was half written: of no use once the daemon that made it has
    /// ended.
    func leftovers() throws -> [(directory: Directory, name: FileName)] {
        let written = try root[.state].entries().filter { $0.hasSuffix(".new") }
        let staged = try root.staging.entries().filter { name in
            guard let id = name.appending(".json").sessionID else { return true }
            return try root.whereabouts(of: id) == nil
        }
        return written.map { (root[.state], $0) } + staged.map { (root.staging, $0) }
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

    /// When a parked job is due. Of one that seems to be due already its record is read; and on a copy that has lost
    /// its time that is set again, so that from then on it is the operator's as it is on any other.
    private func wakeTime(of id: SessionID, _ file: FileStatus) throws -> Timestamp {
        let set = Timestamp(secondsSince1970: file.modified)
        guard set <= .now, let session = try? Session.open(id, in: root),
            let parking = session.record.parking
        else { return set }
        let wake = WakeTime(parking, file)
        guard wake.isLost else { return set }
        let seconds = Int(wake.moment.secondsSince1970.rounded())
        // It may be another user's, who alone may set its time: then it is looked at anew at each start.
        if (try? root[.deferred].setModified("\(id).json", to: seconds)) != nil {
            try session.update { record in
                record.parking?.inode = Int(truncatingIfNeeded: file.identity.inode)
            }
        }
        return wake.moment
    }

    private func findings(in state: SpoolDirectory) throws -> [Finding] {
        try root[state].entries().sorted().compactMap { name in
            guard let id = name.sessionID else { return .stray(state, name) }
            if state == .deferred {
                guard let status = try root[state].status(name) else { return nil }
                return .parked(id, until: try wakeTime(of: id, status))
            }
            let isWhole = try root[.outputs].contains(FileName(id.description))
            return isWhole ? .job(id) : .claim(id)
        }
    }
}
