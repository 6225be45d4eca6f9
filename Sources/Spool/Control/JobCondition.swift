/// Where a job is in its life, as people say it.
public enum JobCondition: String, Codable, Sendable, CaseIterable {
    /// Dropped, and not begun.
    case waiting
    /// Dropped, and not taken up: something about the file keeps the daemon from it.
    case leftAlone = "left alone"
    /// Worked on, or about to be.
    case running
    /// Begun, and kept from going on by the disk or a directory; tried again and again.
    case stuck
    /// Begun, and waiting for its time or a provider.
    case parked
    /// Made, and waiting for somebody to look at it.
    case forReview = "for review"
    /// Set aside.
    case held
    /// Done as it was asked for.
    case done
    /// Done, but something less well than asked for.
    case degraded
    /// Given up.
    case failed
    /// Ended because somebody asked for that.
    case cancelled
    /// Not a job at all.
    case rejected

    /// The same as one word: `left-alone`.
    public var word: String { String(rawValue.map { $0 == " " ? "-" : $0 }) }

    /// Those of jobs that have not ended.
    public static let unfinished: [JobCondition] = [
        .running, .stuck, .waiting, .leftAlone, .parked, .forReview, .held,
    ]

    /// The directory that files of such jobs are in.
    public var directory: SpoolDirectory {
        switch self {
        case .waiting, .leftAlone: .inbox
        case .running, .stuck: .active
        case .parked, .forReview: .deferred
        case .held: .held
        case .done, .degraded: .done
        case .failed, .cancelled: .failed
        case .rejected: .rejected
        }
    }
}

extension JobSummary {
    /// Where it is in its life.
    public var condition: JobCondition {
        switch state {
        case .inbox: obstacle == nil ? .waiting : .leftAlone
        case .active: obstacle == nil ? .running : .stuck
        case .deferred: obstacle?.code == Obstacle.review ? .forReview : .parked
        case .held: .held
        case .done: degradations.isEmpty ? .done : .degraded
        case .rejected: .rejected
        default: error?.code == "cancelled" ? .cancelled : .failed
        }
    }
}
