import Core
import Linux

/// Who the daemon of a root runs as, as far as what it made there tells: the root itself may belong to anybody.
public struct DaemonUser: Hashable, Sendable {
    /// The user.
    public let user: UInt32
    /// The group that its directory has.
    public let group: UInt32
    /// What tells, relative to the root.
    public let evidence: String

    /// Looks in `state/` for what only the daemon makes: what is on record of the one that worked last, and its
    /// lock. Where there is neither, whoever has the directory is meant.
    public init(of state: Directory) throws(SystemError) {
        let own = try state.status()
        group = own.group
        for name in ["daemons.json", "lock"] {
            guard let status = try state.status(FileName(name)), status.kind == .regular else {
                continue
            }
            user = status.owner
            evidence = "state/\(name)"
            return
        }
        user = own.owner
        evidence = "state/"
    }
}
