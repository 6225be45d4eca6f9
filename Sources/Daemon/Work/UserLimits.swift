import Core
import Glibc
import Linux
import Spool

extension Configuration {
    /// What one submitter may have. Root and the daemon's own user may have anything: they could change
    /// the limits.
    func limits(of owner: UInt32) -> UserLimits {
        owner == 0 || owner == geteuid() ? UserLimits.none : jobs.userLimits
    }
}

/// What one submitter may have, so that there is something left for the others.
public struct UserLimits: Hashable, Encodable, Sendable {
    /// How many jobs at work; 0 for any number.
    public var running: Int
    /// How many files that wait in the inbox; 0 for any number.
    public var waiting: Int
    /// How urgent a job may be: what asks for more is taken for this.
    public var priority: Int

    static let none = UserLimits(waiting: 0)

    /// What the default is, or this.
    public init(running: Int = 0, waiting: Int = 100_000, priority: Int = 100) {
        self.running = running
        self.waiting = waiting
        self.priority = priority
    }

    /// Whether one who has so many at work may have another.
    func allowsOneMore(whoHas count: Int) -> Bool { running == 0 || count < running }

    /// The priority that one counts as.
    func priority(_ wanted: Int) -> Int { min(wanted, priority) }

    /// What is said of that in the receipt; nil if there is nothing to be said.
    func remark(onPriority wanted: Int) -> String? {
        guard wanted > priority else { return nil }
        return "The priority \(wanted) counts as \(priority), the most that its owner may ask for."
    }

    /// Why one who has so many that wait may not have another; nil if there may be another.
    func refusal(of candidate: Inbox.Candidate, whoHas count: Int) -> Failure? {
        guard waiting > 0, count >= waiting else { return nil }
        return Failure(
            .permanent, code: "too_many_waiting", operation: "accept",
            subject: candidate.name.display,
            cause:
                "\(count) jobs of \(UserAccount.text(candidate.owner)) wait already, and so many may",
            hint: "Drop it again when some of them are done")
    }
}
