import Core
import Linux

/// What the daemon is asked for and has not done yet.
public struct PendingRequests: Sendable {
    /// A request.
    public struct Pending: Hashable, Encodable, Sendable {
        /// The job it is about: a session's id or a file's name.
        public var target: String
        /// What to do.
        public var verb: ControlRequest.Verb
    }

    /// The requests, by name.
    public let requests: [Pending]
    /// Whether no jobs are to be started.
    public let isPaused: Bool

    /// Looks at the requests under `root`.
    public init(in root: SpoolRoot) throws(Failure) {
        let names = try converting("read the requests in") { try root[.control].entries() }
        requests = names.sorted().compactMap { name in
            ControlRequest(name).map { Pending(target: $0.target.name.display, verb: $0.verb) }
        }
        isPaused = names.contains(ControlRequest.pause)
    }
}
