import Core
import Foundation
import Glibc
import Linux
import Spool

/// A look at a root from outside: what is wrong with it, as sentences.
struct Inspection {
    let root: String
    let scenario: Scenario
    private(set) var violations: [String] = []

    init(root: String, scenario: Scenario) {
        self.root = root
        self.scenario = scenario
    }

    private static let states = [
        "inbox", "active", "deferred", "held", "done", "failed", "rejected",
    ]
    /// What the daemon may remember in `state/`, beside its lock.
    private static let remembered: Set<String> = [
        "arrivals", "cache", "clock.json", "daemons.json", "gc.lock", "ids", "pipelines.json",
        "providers.json", "root-id", "status.json", "stopped.json",
    ]
    private static let terminal = ["done", "failed", "rejected"]

    /// Where each dropped file is: the bytes tell it, whatever it is called.
    private func places(of job: Scenario.Job) -> [String] {
        Self.states.flatMap { state in
            names(in: "\(root)/\(state)").filter { !$0.hasSuffix(".receipt") }
                .map { "\(state)/\($0)" }.filter { text(of: "\(root)/\($0)") == job.text }
        }
    }

    /// Every file of the spool and how it begins.
    private var contents: String {
        Self.states.flatMap { state in
            names(in: "\(root)/\(state)").map { name in
                "\(state)/\(name): \(text(of: "\(root)/\(state)/\(name)").prefix(40))"
            }
        }.joined(separator: "; ")
    }

    private var sessions: [String] {
        names(in: "\(root)/outputs").filter { !$0.hasPrefix(".") && $0 != scenario.oldSession }
    }

    private func record(of session: String) -> SessionRecord? {
        let bytes = Array(text(of: "\(root)/outputs/\(session)/metadata/session.json").utf8)
        return try? RecordFile.decode(SessionRecord.self, from: bytes, subject: session)
    }

    private func receipt(_ path: String) -> Receipt? {
        try? RecordFile.decode(
            Receipt.self, from: Array(text(of: "\(root)/\(path).receipt").utf8), subject: path)
    }

    /// The steps that are finished on record, as the ledger names them.
    var finished: Set<String> {
        Set(
            sessions.flatMap { session in
                (record(of: session)?.steps ?? [:]).filter { $0.value.state == .finished }
                    .map { "\(session) \($0.key)" }
            })
    }

    // MARK: - At any moment

    /// What has to hold at any moment, the one after a crash included.
    mutating func atAnyMoment() {
        for job in scenario.jobs {
            let places = places(of: job)
            if places.count != 1 {
                violations.append("\(job.name) is at \(places), and there is \(contents)")
            }
        }
        for state in Self.terminal {
            for name in names(in: "\(root)/\(state)") where !name.hasSuffix(".receipt") {
                if receipt("\(state)/\(name)") == nil {
                    violations.append("\(state)/\(name) has no whole receipt")
                }
            }
        }
        for session in sessions {
            publicationIsWhole(session)
            effectiveSpecIsWhole(session)
        }
    }

    /// A session that is in its place has what its job is made by, whatever becomes of the configuration.
    private mutating func effectiveSpecIsWhole(_ session: String) {
        let metadata = "\(root)/outputs/\(session)/metadata"
        guard let record = record(of: session), text(of: "\(metadata)/job.json").contains("preset")
        else { return }
        let spec = try? JSONNode(parsing: Array(text(of: "\(metadata)/effective.json").utf8))
        if record.preset != "trial" || record.labels["from"] != "the preset" || spec == nil {
            violations.append("\(session) has not on record what its preset added")
        }
    }

    /// What is in `final_output/` is what the record says was to be published, to the last byte.
    private mutating func publicationIsWhole(_ session: String) {
        let published = names(in: "\(root)/outputs/\(session)/final_output")
        guard !published.isEmpty else { return }
        // Until the outcome is on record, the finished steps say what is to be published.
        guard let record = record(of: session) else {
            violations.append("\(session) has published \(published), and nothing on record")
            return
        }
        let files = record.publication ?? record.filesToPublish
        for name in published {
            guard let output = files.first(where: { $0.name == name })?.output else {
                violations.append("\(session)/final_output/\(name) is not on record")
                continue
            }
            matches("outputs/\(session)/final_output/\(name)", output.bytes, output.sha256)
        }
        // The videos come last: whoever sees one finds the rest.
        let wanted = files.map(\.name)
        if published.contains("right.mp4"), Set(published) != Set(wanted) {
            violations.append("\(session) has its video, but only \(published) of \(wanted)")
        }
    }

    private mutating func matches(_ path: String, _ bytes: Int, _ sha256: String) {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else {
            violations.append("\(path) is not there")
            return
        }
        var hash = SHA256()
        data.withUnsafeBytes { hash.update($0) }
        let found = hash.finalizeHexadecimal()
        if data.count != bytes || found != sha256 {
            violations.append("\(path) has \(data.count) bytes of \(bytes), or other ones")
        }
    }

    // MARK: - When the daemon has said so

    /// The jobs that a log says have ended, and the directory each is in then.
    static func endings(in log: String) -> [(job: String, state: String)] {
        log.split(separator: "\n").compactMap { line in
            guard let job = line.field("job"), let state = line.field("state"),
                terminal.contains(state), !line.contains("Could not clean up after ")
            else { return nil }
            return (job, state)
        }
    }

    /// What a daemon said is done is done, whatever happened to it then.
    mutating func holds(_ log: String) {
        for (job, state) in Self.endings(in: log)
        where !names(in: "\(root)/\(state)").contains(job) {
            violations.append("\(job) was said to be in \(state)/ and is not")
        }
        for line in log.split(separator: "\n") {
            guard let session = line.field("session"), let job = line.field("job") else { continue }
            if let step = line.field("step"), line.contains("Step \(step) of \(job) finished in "),
                record(of: session)?.steps[step]?.state != .finished
            {
                violations.append("step \(step) of \(job) was said to be finished and is not")
            }
        }
    }

    // MARK: - At the end

    /// Whether every job has come to its end.
    var isQuiet: Bool {
        ["inbox", "active", "deferred", "held", "control"].allSatisfy {
            names(in: "\(root)/\($0)").isEmpty
        }
            && !isThere("outputs/\(scenario.oldSession ?? "none")")
            && !isThere("outputs/.trash/\(scenario.oldSession ?? "none")")
            && scenario.jobs.allSatisfy { job in places(of: job).allSatisfy(isTerminal) }
    }

    private func isThere(_ path: String) -> Bool { access("\(root)/\(path)", F_OK) == 0 }

    private func isTerminal(_ place: String) -> Bool {
        Self.terminal.contains { place.hasPrefix("\($0)/") }
    }

    /// What has to hold when all is quiet and the daemon has stopped. `mayFail`: an error that
    /// does not pass may have ended a job that would have been done. `log`: what cannot be removed
    /// keeps no job from its end, but the daemon has to say so.
    mutating func atTheEnd(mayFail: Bool = false, log: String = "") {
        atAnyMoment()
        var owned: Set<String> = []
        var done: Set<String> = []
        for job in scenario.jobs {
            guard let place = places(of: job).first, let receipt = receipt(place) else { continue }
            let state = place.prefix { $0 != "/" }
            if receipt.state.rawValue != state || receipt.job != job.name {
                violations.append("\(place) has the receipt of \(receipt.job), \(receipt.state)")
            }
            if state == "done" { done.insert(job.name) }
            let isWhereItMayBe = job.endings.contains { place == "\($0)/\(job.name)" }
            if !isWhereItMayBe, !(mayFail && state == "failed") {
                violations.append(
                    "\(job.name) ended as \(place): \(receipt.error?.message ?? "no error")")
            }
            if let session = receipt.session?.description { owned.insert(session) }
            let hasSession = job.hasSession && (state != "rejected" || !job.hooks.isEmpty)
            let hooks = Set(job.hooks.map(SessionRecord.hookName))
            if receipt.hooks ?? [:] != Dictionary(uniqueKeysWithValues: hooks.map { ($0, "done") }),
                !mayFail
            {
                violations.append("\(place) has the hooks \(receipt.hooks ?? [:])")
            }
            if hasSession != (receipt.session != nil) {
                violations.append("\(place) has session \(receipt.session?.description ?? "none")")
            }
            if state == "done" {
                outputs(of: receipt, job)
            } else if receipt.error == nil {
                violations.append("\(place) has no error in its receipt")
            }
            for (step, count) in receipt.attempts where count > Scenario.attempts {
                violations.append("step \(step) of \(job.name) took \(count) attempts")
            }
        }
        if !scenario.twins.isEmpty, done.intersection(scenario.twins).count != 1, !mayFail {
            violations.append("of two jobs of one id \(done.intersection(scenario.twins)) are done")
        }
        oldSessionIsGone()
        nothingIsLeft(owned, log)
    }

    /// What is not kept goes as a whole, and its receipt says so.
    private mutating func oldSessionIsGone() {
        guard let session = scenario.oldSession else { return }
        if isThere("outputs/\(session)") { violations.append("\(session) is still there") }
        if receipt("done/old.json")?.removed == nil {
            violations.append("done/old.json does not say that its session was removed")
        }
    }

    private mutating func outputs(of receipt: Receipt, _ job: Scenario.Job) {
        let names = receipt.outputs.compactMap {
            $0.path.split(separator: "/").last.map(String.init)
        }
        if let wanted = job.outputs, names.sorted() != wanted.sorted() || names.isEmpty {
            violations.append("\(job.name) has the outputs \(names)")
        }
        for output in receipt.outputs { matches(output.path, output.bytes, output.sha256) }
    }

    private mutating func nothingIsLeft(_ owned: Set<String>, _ log: String) {
        for state in Self.terminal {
            let all = Set(names(in: "\(root)/\(state)"))
            for name in all where name.hasSuffix(".receipt") {
                if !all.contains(String(name.dropLast(".receipt".count))) {
                    violations.append("\(state)/\(name) is about nothing")
                }
            }
        }
        if Set(sessions) != owned {
            violations.append("outputs/ has \(sessions), the jobs own \(owned.sorted())")
        }
        if names(in: "\(root)/outputs/.staging") != [] {
            violations.append("staging has \(names(in: "\(root)/outputs/.staging"))")
        }
        let state = names(in: "\(root)/state")
            .filter { !Self.remembered.contains($0) }
        if state != ["lock"] { violations.append("state has \(state)") }
        for state in SpoolDirectory.allCases where state != .inbox {
            var status = stat()
            stat("\(root)/\(state.rawValue)", &status)
            let shared: [SpoolDirectory] = [.control]
            if status.st_mode & 0o7777 != (shared.contains(state) ? 0o3770 : 0o2750) {
                violations.append(
                    "\(state.rawValue)/ has the mode \(String(status.st_mode, radix: 8))")
            }
        }
        let leftovers = (FileManager.default.subpaths(atPath: root) ?? []).filter { path in
            let parts = path.split(separator: "/")
            guard parts.first == "outputs", let name = parts.last, name.hasPrefix("."),
                name != ".staging", name != ".trash"
            else { return false }
            // Of a job that failed, what is finished is kept for a retry.
            let isKept = parts.count == 3 && name == ".work"
            return !isKept || record(of: String(parts[1]))?.outcome?.state != .failed
        }
        if !leftovers.isEmpty, !log.contains("Could not clean up after ") {
            violations.append("left behind: \(leftovers)")
        }
        let processes = ProcessTable.pids(withEnvironment: "REELD_ROOT", root)
        if !processes.isEmpty { violations.append("left running: \(processes)") }
    }
}

extension StringProtocol {
    /// The value of a field at the end of a line of the log: `[session=… job=…]`.
    fileprivate func field(_ name: String) -> String? {
        split(separator: "  [").last?.dropLast().split(separator: " ")
            .first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
