import Core
import Spool

/// Jobs that the spool itself keeps from going on, and that are tried again and again: why, and that it was told.
struct StuckJobs {
    /// A job as the queue knows it.
    enum Job: Hashable {
        case file(FileName)
        case session(SessionID)
    }

    private var failures: [Job: Failure] = [:]

    /// Another number whenever something else is to be shown.
    private(set) var version = 0

    /// How many there are.
    var count: Int { failures.count }

    /// Notes why a job does not go on; whether that is news.
    mutating func note(_ job: Job, _ failure: Failure) -> Bool {
        let old = failures.updateValue(failure, forKey: job)
        if old != failure { version += 1 }
        return old?.code != failure.code || old?.subject != failure.subject
    }

    /// It goes on, or there is no such job any more.
    mutating func forget(_ job: Job) {
        if failures.removeValue(forKey: job) != nil { version += 1 }
    }

    /// So many of them, by the name in the inbox or the session.
    func shown(_ most: Int) -> [String: Obstacle] {
        var shown: [String: Obstacle] = [:]
        for (job, failure) in failures.prefix(most) {
            switch job {
            case .file(let name): shown[name.jobText] = Obstacle(naming: failure)
            case .session(let id): shown[id.description] = Obstacle(naming: failure)
            }
        }
        return shown
    }

    /// Why one of them does not go on, and how many others there are; nil if all do.
    var summary: String? {
        guard let cause = failures.values.map({ Obstacle(naming: $0).cause }).min() else {
            return nil
        }
        return "\(count) stuck (\(cause))"
    }
}

extension JobQueue.Entry {
    /// The job that it is of.
    var job: StuckJobs.Job {
        switch self {
        case .file(let name, _): .file(name)
        case .session(let id, _), .claim(let id): .session(id)
        }
    }
}
