import Core

/// The directories of the spool. The one a job's file is in is the job's state.
public enum SpoolDirectory: String, Codable, Sendable, CaseIterable {
    /// Dropped and waiting.
    case inbox
    /// Claimed and being worked on.
    case active
    /// Claimed and parked until the file's time of modification.
    case deferred
    /// Set aside by an operator.
    case held
    /// Finished, with a result.
    case done
    /// Given up.
    case failed
    /// Not a job at all.
    case rejected
    /// The sessions.
    case outputs
    /// What the daemon is asked to do, a file for each request.
    case control
    /// What the daemon remembers about itself.
    case state

    /// The directories that hold jobs, in the order of a job's life.
    public static let jobStates: [SpoolDirectory] = [
        .inbox, .deferred, .held, .active, .done, .failed, .rejected,
    ]

    /// Those that hold the files of claimed jobs, each under its session's id.
    public static let claimed: [SpoolDirectory] = [.active, .deferred, .held]
    /// Those that hold the files of jobs that have ended, with their receipts.
    public static let terminal: [SpoolDirectory] = [.done, .failed, .rejected]

    /// Whether its jobs have not ended.
    public var isOfUnfinished: Bool { self == .inbox || Self.claimed.contains(self) }

    /// The mode it is made with. Members of the owner's group read everything; they may write
    /// where they drop jobs and requests (the sticky bit keeps them from touching one another's), and
    /// what is made belongs to the group. Anywhere else they could take the names that the daemon needs
    /// for another's job.
    var mode: UInt32 {
        switch self {
        case .inbox, .control: 0o3770
        case .held, .active, .deferred, .done, .failed, .rejected, .outputs, .state: 0o2750
        }
    }

    /// The directories that members of the group could write in once, and the mode they had then.
    static let onceOpen: (directories: [SpoolDirectory], mode: UInt32) = (
        [.held, .failed, .rejected], 0o3770
    )
}
