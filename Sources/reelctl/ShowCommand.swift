import Core
import Daemon
import Linux
import Spool
import Systemd

/// `reelctl show`: all there is to say of one job.
struct ShowCommand {
    private let context: Context

    init(_ context: Context) { self.context = context }

    func run(_ call: Invocation) throws {
        let targets = try Targets(context)
        let found = try targets.summaries(call)
        if context.wantsJSON {
            let bytes = try RecordFile.encode(
                ["jobs": found], subject: "the job", inSnakeCase: true)
            write(String(decoding: bytes, as: UTF8.self))
        } else {
            write(found.map { Self.text($0, at: Timestamp.now) }.joined(separator: "\n"))
        }
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
