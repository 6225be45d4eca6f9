import Core
import Foundation
import Glibc
import Linux
import Spool
import TestSupport

/// One root with its jobs, from the drop to the end, and what is made to happen on the way.
final class Trial {
    /// What came of it.
    struct Outcome {
        /// What should not be, as sentences; empty if all is well.
        var violations: [String] = []
        /// The faults that struck.
        var hits: [Fault] = []
        /// Every place the daemon came to.
        var places: [Place] = []
        /// What the daemons said.
        var log = ""
    }

    private let directory = TemporaryDirectory()
    private let disk: Disk?
    private let scenario: Scenario
    private var outcome = Outcome()
    private var records = 0

    private var path: String { directory.path }
    private var root: String { "\(path)/root" }
    private var log: String { "\(path)/log" }
    /// While it is there, a lasting error strikes.
    private var faultFile: String { "\(path)/fault" }

    /// - Parameter onDisk: whether the root is a file system of its own, which a power cut takes.
    init(_ scenario: Scenario = Scenario(), onDisk: Bool = false) throws {
        self.scenario = scenario
        disk =
            onDisk ? Disk(path: "\(directory.path)/root", log: "\(directory.path)/disk.log") : nil
        try makeDirectory("\(directory.path)/root")
        try writeFile("\(directory.path)/reeld.json5", scenario.configuration)
        try writeFile("\(directory.path)/fault", "")
    }

    deinit {
        endLeftovers()
        disk?.detach()
    }

    /// Drops the jobs, lets the faults happen, one to a daemon, lets a last daemon bring all to its
    /// end undisturbed, and looks at what is there after each.
    func run(_ faults: [Fault]) async throws -> Outcome {
        try await disk?.make()
        try drop()
        do { try await runDaemons(faults) } catch let surprise as Surprise {
            outcome.violations.append(surprise.description)
            outcome.log = text(of: log) + "The root:\n" + tree
        }
        return outcome
    }

    /// Lets all come to its end, and then the power fails: what was said is so.
    func runAndCut() async throws -> Outcome {
        try await disk?.make()
        try drop()
        let process = try launch(nil)
        try await eventually("all is said") {
            Inspection.endings(in: text(of: log)).count == scenario.jobs.count
        }
        try disk?.cut()
        process.end()
        try await lookAfterCrash(text(of: log), isCut: true)
        var inspection = Inspection(root: root, scenario: scenario)
        inspection.atTheEnd()
        add(inspection, "at the end")
        outcome.log = text(of: log)
        return outcome
    }

    /// What is in the state directories.
    private var tree: String {
        [
            "inbox", "control", "active", "deferred", "held", "done", "failed", "rejected",
            "outputs", "state",
        ]
        .map { "\($0): \(names(in: "\(root)/\($0)").joined(separator: " "))\n" }.joined()
    }

    private func runDaemons(_ faults: [Fault]) async throws {
        var isQuiet = false
        for fault in faults where !isQuiet { isQuiet = try await disturbed(by: fault) }
        if !isQuiet { try await undisturbed() }
        var inspection = Inspection(root: root, scenario: scenario)
        let mayFail = faults.contains { fault in
            switch fault.action {
            case .error(EXDEV), .lastingError: true
            default: false
            }
        }
        outcome.log = text(of: log)
        inspection.atTheEnd(mayFail: mayFail, log: faults.allSatisfy(\.isCrash) ? "" : outcome.log)
        add(inspection, "at the end")
        boundRuns(faults: outcome.hits.count, mayFail: mayFail)
    }

    private func drop() throws {
        let inbox = "\(root)/inbox"
        try makeDirectory(inbox)
        for job in scenario.jobs where job.place == "inbox" {
            try writeFile("\(inbox)/\(job.name)", job.text)
        }
        try syncDirectory(inbox)
        try layOut()
        try syncDirectory(root)
    }

    /// What an earlier daemon has left, and what was asked for since.
    private func layOut() throws {
        guard !scenario.requests.isEmpty else { return }
        let spool = try SpoolRoot(creating: root)
        for job in scenario.jobs where job.place != "inbox" {
            try writeFile("\(root)/\(job.place)/\(job.name)", job.text)
            let failure = Failure(
                .cancelled, code: "cancelled", operation: "finish", subject: "the job",
                cause: "a trial")
            let receipt = Receipt(
                cancelling: FileName(job.name), because: failure, arrived: nil, at: .now)
            try writeFile("\(root)/\(job.place)/\(job.name).receipt", try encoded(receipt))
        }
        for request in scenario.requests { try writeFile("\(root)/control/\(request)", "") }
        if let session = scenario.oldSession.flatMap({ SessionID($0) }) {
            try lay(session, in: spool)
        }
        for state in SpoolDirectory.allCases { try syncDirectory("\(root)/\(state.rawValue)") }
    }

    private func encoded(_ record: some Encodable) throws -> String {
        String(decoding: try RecordFile.encode(record, subject: "it"), as: UTF8.self)
    }

    /// A job that was done long ago.
    private func lay(_ id: SessionID, in spool: SpoolRoot) throws {
        let long = Timestamp(secondsSince1970: 1_577_836_800)
        var record = SessionRecord(
            session: id, job: "old.json", header: JobHeader(pipeline: "single"), arrived: long,
            claimed: long)
        record.outcome = .init(state: .done, finished: long)
        let session = "\(root)/outputs/\(id)"
        try makeDirectory(session)
        for name in Session.directories { try makeDirectory("\(session)/\(name)") }
        try writeFile("\(session)/metadata/session.json", try encoded(record))
        try writeFile("\(session)/metadata/job.json", "{}")
        for name in Session.directories { try syncDirectory("\(session)/\(name)") }
        try syncDirectory(session)
        try writeFile("\(root)/done/old.json", "{}")
        if let outcome = record.outcome {
            try writeFile(
                "\(root)/done/old.json.receipt", try encoded(Receipt(record, outcome)))
        }
    }

    // MARK: - Daemons

    private func launch(_ fault: Fault?) throws -> Process {
        records += 1
        let record = "\(path)/record.\(records)"
        let daemon = try [
            Process.built("reeld"), "--config", "\(path)/reeld.json5", "--root", root,
        ]
        let command =
            try [Process.built("injector"), "--root", root, "--record", record]
            + (fault?.arguments(while: faultFile) ?? []) + ["--"] + daemon
        return try Process(command, log: log)
    }

    /// What the last injector wrote: the places, and whether its fault struck.
    private func readRecord() -> (places: [Place], struck: Bool) {
        let lines = text(of: "\(path)/record.\(records)").split(separator: "\n")
        return (
            lines.filter { !$0.hasPrefix("! ") }.compactMap { Place($0) },
            lines.contains { $0.hasPrefix("! ") }
        )
    }

    /// A daemon to which the fault happens. Returns whether it has come to the end of all jobs.
    private func disturbed(by fault: Fault) async throws -> Bool {
        let start = text(of: log).utf8.count
        let process = try launch(fault)
        let isLasting = if case .lastingError = fault.action { true } else { false }
        var liftAt: ContinuousClock.Instant?
        try await eventually("all is quiet, or the daemon's end") {
            if isLasting, liftAt == nil, readRecord().struck {
                liftAt = .now + .seconds(1)
            }
            if let moment = liftAt, moment <= .now { unlink(faultFile) }
            return process.hasEnded || isQuiet
        }
        unlink(faultFile)
        if !process.hasEnded {
            try await stop(process)
        }
        let (_, struck) = readRecord()
        if struck { outcome.hits.append(fault) }
        let said = said(since: start)
        if process.status == 125 { throw Surprise("the injector failed: \(text(of: log))") }
        switch fault.action {
        case .kill, .cut:
            if struck, process.status != 128 + SIGKILL {
                outcome.violations.append(
                    "it was to be killed, and ended with \(process.status ?? -1)")
            }
            if struck { try await lookAfterCrash(said, isCut: fault.action == .cut) }
            // One that was told to stop before it was ready may not have heard of it.
            if !struck {
                checkStatus(process, said.contains("Ready: ") ? [0] : [0, 128 + SIGTERM])
            }
        case .error, .lastingError:
            // 71 and 75: it says that it cannot start, and whoever started it tries again.
            checkStatus(process, [0, 71, 75])
            if process.status != 0, !said.contains("Not started: ") {
                outcome.violations.append("it ended without saying why")
            }
            if struck { itIsToldOf(fault, said) }
        }
        return isQuiet && process.status == 0
    }

    /// What daemons have said since the log had this length.
    private func said(since start: Int) -> String {
        String(decoding: text(of: log).utf8.dropFirst(start), as: UTF8.self)
    }

    private func undisturbed() async throws {
        let start = text(of: log).utf8.count
        let process = try launch(nil)
        try await eventually("all is quiet") {
            if process.hasEnded { throw Surprise("the daemon ended with \(process.status ?? -1)") }
            return isQuiet && said(since: start).contains("Ready: ")
        }
        try await stop(process)
        checkStatus(process, [0])
        outcome.places = readRecord().places
    }

    private func stop(_ process: Process) async throws {
        process.terminate()
        try await eventually("the daemon stops") { process.hasEnded }
    }

    private func checkStatus(_ process: Process, _ statuses: [Int32]) {
        if let status = process.status, !statuses.contains(status) {
            outcome.violations.append("the daemon ended with \(status)")
        }
    }

    private var isQuiet: Bool { Inspection(root: root, scenario: scenario).isQuiet }

    /// Every error is in the log as what it is.
    private func itIsToldOf(_ fault: Fault, _ said: String) {
        guard case .error(let number) = fault.action else { return }
        // What is tried once more later, or is only a help for the reader, is not worth a line.
        let quiet = [
            "openat2 inbox (read)", "openat2 outputs/ID/.work (read)",
            "openat outputs/ID/.work (read)", "unlinkat outputs/ID/.work/",
            // The priority of a job that is taken up again.
            "openat2 outputs/ID (read)",
            // How much a step has made is not known once, or what it left is removed with the rest later.
            "openat outputs/ID/.work/", "openat2 outputs/ID/metadata/session.json (read)",
            "openat state/status.new", "write state/status.new", "fsync state/status.new",
            "renameat state/status.new",
        ]
        let place = fault.place.name
        if quiet.contains(where: place.hasPrefix) || place.hasSuffix(".log (read)") { return }
        // A rename is tried at the start; whatever else is wrong then is found by those it keeps from work.
        if place.contains(" state/probe") { return }
        // Nor how much there is in another of its directories, which is asked while a step takes its time.
        let measured = Session.directories.map { "openat outputs/ID/\($0) (read)" }
        if measured.contains(place) { return }
        if place.hasPrefix("openat outputs/ID/"), place.hasSuffix("/.. (read)") { return }
        let reason = String(cString: strerror(number)).lowercased()
        if !said.lowercased().contains(reason) {
            outcome.violations.append("the log does not say '\(reason)'")
        }
    }

    // MARK: - Looks

    /// What is there right after a crash, before another daemon sees it.
    private func lookAfterCrash(_ said: String, isCut: Bool) async throws {
        if isCut {
            // A power cut ends them all.
            endLeftovers()
            try await disk?.restore()
        }
        var inspection = Inspection(root: root, scenario: scenario)
        inspection.atAnyMoment()
        inspection.holds(said)
        add(inspection, "after the crash")
        for step in inspection.finished { finishedRuns[step] = runs[step, default: 0] }
    }

    /// How often each step had run when it was found finished.
    private var finishedRuns: [String: Int] = [:]

    /// How often each step has run until now.
    private var runs: [String: Int] {
        text(of: "\(path)/ledger").split(separator: "\n").reduce(into: [:]) {
            $0[String($1), default: 0] += 1
        }
    }

    private func boundRuns(faults: Int, mayFail: Bool) {
        for (step, count) in runs {
            if let before = finishedRuns[step], count > before {
                outcome.violations.append("\(step) ran again after it was finished")
            }
            let usual = mayFail || step.hasSuffix(" fails") ? Scenario.attempts : 1
            let limit = usual + faults
            if count > limit { outcome.violations.append("\(step) ran \(count) times") }
        }
        let sessions = Set(runs.keys.compactMap { $0.split(separator: " ").first })
        if sessions.count != scenario.sessions, !mayFail {
            outcome.violations.append("steps ran in \(sessions.count) sessions")
        }
    }

    private func add(_ inspection: Inspection, _ moment: String) {
        outcome.violations += inspection.violations.map { "\(moment): \($0)" }
    }

    /// What a killed daemon left running.
    private func endLeftovers() {
        _ = ProcessTable.killAll(patience: .seconds(10)) {
            ProcessTable.values(of: "REELD_ROOT", in: $0).contains(root)
        }
    }
}
