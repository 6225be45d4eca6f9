import Core
import Linux
import Spool

/// A session's files, read only, for providers.
struct SessionView: SessionFiles {
    let id: SessionID
    let created: Double
    let directory: Directory
    let work: String
    let history: [StepSummary]

    /// `work` names the directory of an attempt, once there is one.
    init(_ session: Session, work: String = "") async {
        let record = session.record
        id = record.session
        created = record.claimed.secondsSince1970
        directory = session.directory
        self.work = "\(directory.path)/\(Session.workPlace(step: work))"
        history = record.plan.compactMap { name in
            guard let step = record.steps[name], step.state == .finished else { return nil }
            return StepSummary(
                step: name, provider: step.provider, attempts: step.attempts,
                seconds: step.seconds ?? 0, degradations: step.degradations)
        }
    }

    func path(_ place: String) -> String {
        place == "." ? directory.path : "\(directory.path)/\(place)"
    }

    func read(_ place: String, limit: Int) throws(Failure) -> [UInt8] {
        try converting("read") { try directory.read(place, limit: limit) }
    }
}

/// The working directory of an attempt, for its check.
struct WorkDirectory: WorkFiles {
    let directory: Directory

    func read(_ name: String, limit: Int) throws(Failure) -> [UInt8] {
        try converting("read the tool's output") { try directory.read(name, limit: limit) }
    }

    func write(_ bytes: [UInt8], to name: String) throws(Failure) {
        try converting("write") { try directory.write(bytes, to: FileName(name)) }
    }

    func size(of name: String) throws(Failure) -> Int {
        try converting("look at the tool's output") {
            guard let status = try directory.status(FileName(name)), status.kind == .regular else {
                throw Failure(
                    .permanent, code: "output_missing", operation: "find the tool's output",
                    subject: name, cause: "the tool did not write it")
            }
            return status.size
        }
    }
}
