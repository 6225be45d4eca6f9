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
    /// Who wants that no jobs are started; nil if nobody does.
    public let pause: Pause?
    /// That jobs are not to be started.
    public struct Pause: Hashable, Encodable, Sendable {
        /// Who asked for it: `alice (user 1000)`.
        public var by: String
        /// When.
        public var since: Timestamp

        /// Says so.
        public init(by: String, since: Timestamp) {
            self.by = by
            self.since = since
        }

        /// Looks for the file that keeps jobs from being started; nil if there is none.
        public init?(in control: Directory) throws(SystemError) {
            let status = try control.status(ControlRequest.pause)
            guard let status, status.kind == .regular else { return nil }
            by = UserAccount.text(status.owner)
            since = Timestamp(secondsSince1970: status.changed.rounded(.down))
        }
    }

    /// Looks at the requests under `root`.
    public init(in root: SpoolRoot) throws(Failure) {
        let names = try converting("read the requests in") { try root[.control].entries() }
        requests = names.sorted().compactMap { name in
            ControlRequest(name).map { Pending(target: $0.target.name.display, verb: $0.verb) }
        }
        pause = try converting("look at the pause in") {
            try Pause(in: root[.control])
        }
    }
}
