import Core
import Linux
import Spool
import Synchronization

/// A session's files, read only, for providers.
struct SessionView: SessionFiles {
    let id: SessionID
    let created: Double
    let directory: Directory
    let work: String
    let history: [StepSummary]
    /// The hashes of finished outputs, by their places.
    private let hashes: [String: String]
    private let asked = Asked()

    /// The places whose paths were asked for, in that order.
    private final class Asked: Sendable {
        let places = Mutex<[String]>([])
    }

    /// `work` names the directory of an attempt, once there is one.
    init(_ session: Session, work: String = "") {
        let record = session.record
        id = record.session
        created = record.claimed.secondsSince1970
        directory = session.directory
        self.work = "\(directory.path)/\(Session.workPlace(step: work))"
        history = record.plan.compactMap { name in
            guard let step = record.steps[name], step.state == .finished else { return nil }
            return StepSummary(
                step: name, provider: step.provider, attempts: step.attempts,
                seconds: step.seconds ?? 0, degradations: step.degradations, cost: step.cost,
                reused: step.reused)
        }
        hashes = record.steps.values.filter { $0.state == .finished }.flatMap(\.outputs)
            .reduce(into: [:]) { $0[$1.place] = $1.sha256 }
    }

    func path(_ place: String) -> String {
        asked.places.withLock { if !$0.contains(place) { $0.append(place) } }
        return absolute(place)
    }

    private func absolute(_ place: String) -> String {
        place == "." ? directory.path : "\(directory.path)/\(place)"
    }

    /// What whoever asked for paths reads; nil if it is not all a finished step's.
    var inputs: [CacheKey.Input]? {
        let places = asked.places.withLock { $0 }
        let inputs = places.compactMap { place in
            hashes[place].map { CacheKey.Input(path: absolute(place), sha256: $0) }
        }
        return inputs.count == places.count ? inputs : nil
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
