import Core
import Daemon
import Linux
import Spool
import Systemd

/// `reelctl show`: all there is to say of one job.
struct ShowCommand {
    private let context: Context

    init(_ context: Context) { self.context = context }

    func run(_ operands: [String]) throws {
        guard !operands.isEmpty else {
            throw CommandLineArguments.Mistake("show needs at least one JOB.")
        }
        let targets = try Targets(context)
        let found = try operands.map { try job($0, targets) }
        if context.wantsJSON {
            let bytes = try RecordFile.encode(
                ["jobs": found], subject: "the job", inSnakeCase: true)
            write(String(decoding: bytes, as: UTF8.self))
        } else {
            write(found.map { Self.text($0, at: Timestamp.now) }.joined(separator: "\n"))
        }
    }

    private func job(_ text: String, _ targets: Targets) throws(Failure) -> JobSummary {
        do {
            if let job = try JobSummary.of(targets.find(text).found, in: targets.root) {
                return job
            }
        } catch {
            // Its file may have been taken away, and its session be there.
            let session = try SessionID(text).flatMap { id throws(Failure) in
                try JobSummary.ofSession(id, in: targets.root)
            }
            guard error.code == "not_found", let session else { throw error }
            return session
        }
        throw Failure(
            .transient, code: "moved", operation: "show", subject: text,
            cause: "it has just gone on", hint: "Look again")
    }

    /// The preset, and what of the spec is from there and from the defaults.
    private static func presetText(_ job: JobSummary) -> String? {
        let fields = { (origin: String) in
            job.borrowed.filter { $0.value == origin }.map(\.key).sorted()
                .joined(separator: ", ")
        }
        let own = job.preset.map { name in
            let fields = fields("preset \(name)")
            return "\(name) (\(fields.isEmpty ? "nothing" : fields))"
        }
        let general = fields("defaults")
        let parts = [own, general.isEmpty ? nil : "defaults (\(general))"].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private static func text(_ job: JobSummary, at now: Timestamp) -> String {
        var lines = [
            (
                "Job",
                [job.handle?.description, job.name].compactMap(\.self).joined(separator: "  ")
            ),
            ("State", job.stateText(at: now)),
        ]
        func add(_ title: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append((title, value)) }
        }
        add("Session", job.directory ?? job.session?.description)
        add("Pipeline", job.pipeline)
        add("Preset", presetText(job))
        if job.plannedSteps > 0 {
            add("Steps", "\(job.finishedSteps) of \(job.plannedSteps) finished")
        }
        add("Why", job.obstacle?.cause)
        add("Cure", job.obstacle?.hint)
        add("Running", job.running.joined(separator: ", "))
        add("Claimed", job.claimed?.description)
        add("Due", job.due?.description)
        add("Finished", job.finished?.description)
        add("Removed", job.removed?.description)
        add("Time", job.elapsed(at: now)?.text)
        for degradation in job.degradations { add("Degraded", degradation) }
        if let error = job.error {
            add("Error", "\(error.message) (\(error.code), in \(error.stage))")
            add("Hint", error.hint)
        }
        for output in job.outputs { add("Output", output) }
        return lines.map { title, value in
            String(repeating: " ", count: 9 - title.count) + "\(title): \(value.escapingControls)\n"
        }.joined()
    }
}
