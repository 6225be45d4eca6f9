import Core
import Linux

/// That somebody removed the session of a claimed job, or the part of it without which nobody can go on with
/// the job, and what is still known of the job. It is told by what is there, so it holds whoever finds it, in
/// the middle of the work or after a restart.
public struct SessionLoss: Hashable, Sendable {
    /// The session.
    public let session: SessionID
    /// The name the job was dropped under; nil if nothing tells it any more.
    public let job: String?
    /// What is not there, relative to the root.
    public let missing: String

    /// Looks what is missing of a session that nobody works on; nil if it is all there. `job` is the name that
    /// the job was dropped under, as far as it is known.
    public init?(of id: SessionID, job: String?, in root: SpoolRoot) throws(Failure) {
        let missing: String? = try converting("look at \(id):") {
            for parent in [root[.outputs], root.staging]
            where try parent.contains(FileName(id.description)) {
                let session = try parent.directory(id.description)
                guard try session.contains("metadata") else { return "outputs/\(id)/metadata" }
                let metadata = try session.directory("metadata")
                let isThere = try metadata.contains("session.json")
                return isThere ? nil : "outputs/\(id)/metadata/session.json"
            }
            return "outputs/\(id)"
        }
        guard let missing else { return nil }
        self.init(session: id, job: job, missing: missing)
    }

    /// A loss that was found.
    public init(session: SessionID, job: String?, missing: String) {
        self.session = session
        self.job = job
        self.missing = missing
    }

    /// The name to file the job under.
    public var name: FileName { FileName(job ?? "\(session).json") }

    /// What there is to say of it.
    public var failure: Failure {
        let lost = job == nil ? ", and with it the name that the job was dropped under" : ""
        return Failure(
            .permanent, code: "session_removed", operation: "go on with", subject: name.display,
            cause: "\(missing) is not there any more\(lost)",
            hint:
                "Submit it again to have it begun anew; 'reelctl cancel' ends jobs, removing their sessions does not, and what a repair set aside is in lost/"
        )
    }
}
