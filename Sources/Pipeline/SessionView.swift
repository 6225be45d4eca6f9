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
    /// How the files outside the session begin, by their paths.
    private let externals: [String: Result<[UInt8], ExternalFault>]
    /// The hashes of finished outputs, by their places.
    private let hashes: [ExactText: String]
    private let asked = Asked()

    /// The places whose paths were asked for, in that order.
    private final class Asked: Sendable {
        let places = Mutex<[String]>([])
    }

    /// `work` names the directory of an attempt, once there is one; `externals` has what was read outside
    /// the session for it.
    init(
        _ session: Session, work: String = "",
        externals: [String: Result<[UInt8], ExternalFault>] = [:]
    ) {
        self.externals = externals
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
            .reduce(into: [:]) { $0[ExactText($1.place)] = $1.sha256 }
    }

    func path(_ place: String) -> String {
        asked.places.withLock {
            let place = ExactText(place)
            if !$0.contains(where: { ExactText($0) == place }) { $0.append(place.text) }
        }
        return absolute(place)
    }

    private func absolute(_ place: String) -> String {
        place == "." ? directory.path : "\(directory.path)/\(place)"
    }

    /// What whoever asked for paths reads; nil if it is not all a finished step's.
    var inputs: [CacheKey.Input]? { inputs { hashes[ExactText($0)] } }

    /// The same, by the bytes the files have now; nil if one of them is no file any more.
    func inputsNow(_ hashes: KnownHashes) -> [CacheKey.Input]? {
        inputs { hashes.hash(of: $0, in: directory) }
    }

    private func inputs(_ hash: (String) -> String?) -> [CacheKey.Input]? {
        let places = asked.places.withLock { $0 }
        let inputs = places.compactMap { place in
            hash(place).map { CacheKey.Input(path: absolute(place), sha256: $0) }
        }
        return inputs.count == places.count ? inputs : nil
    }

    func beginning(ofExternal path: String) throws(ExternalFault) -> [UInt8] {
        guard let read = externals[path] else {
            throw ExternalFault("it is none of the files that the step says it reads")
        }
        return try read.get()
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
