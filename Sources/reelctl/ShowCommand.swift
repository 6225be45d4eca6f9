import Core
import Daemon
import Linux
import Pipeline
import Spool
import Systemd

/// `reelctl show`: all there is to say of one job.
struct ShowCommand {
    private let context: Context

    init(_ context: Context) { self.context = context }

    func run(_ call: Invocation) throws {
        let targets = try Targets(context)
        let now = Timestamp.now
        let forecasts = Forecasts(targets.root, DaemonSnapshot.read(in: targets.root))
        let shown = try targets.summaries(call).map { job in
            var job = job
            job.readSpec(in: targets.root)
            forecasts.add(to: &job, at: now)
            return Shown(job: job, steps: Self.steps(of: job, forecasts, in: targets.root))
        }
        if context.wantsJSON {
            try writeJSON(["jobs": shown])
        } else {
            write(
                shown.map { Self.text($0, in: targets.root, at: now) }.joined(separator: "\n"))
        }
    }

    /// A job with its steps.
    private struct Shown: Encodable {
        var job: JobSummary
        var steps: [ShownStep]

        private enum CodingKeys: CodingKey { case steps }

        func encode(to encoder: any Encoder) throws {
            try job.withCondition.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(steps, forKey: .steps)
        }
    }

    /// A step as it is shown: those that were begun with all that is on record of them.
    private struct ShownStep: Encodable {
        var name: String
        /// waiting, running, finished or failed; reused where it was taken from what was made before.
        var state: String
        var provider: String?
        var attempts: Int?
        /// What it took, in seconds; of one that runs, so far.
        var seconds: Double?
        /// What such a step usually takes, in seconds.
        var usualSeconds: Double?
        /// Processor time of its tools, in seconds.
        var processorSeconds: Double?
        /// The most memory that one of its tools had, in bytes.
        var memory: Int?
    }

    private static func steps(
        of job: JobSummary, _ forecasts: Forecasts, in root: SpoolRoot
    ) -> [ShownStep] {
        guard let session = job.session,
            let record = (try? root.record(of: session)) ?? nil
        else { return [] }
        let others = record.steps.keys.filter { !record.plan.contains($0) }.sorted()
        return (record.plan + others).map { name in
            var shown = ShownStep(name: name, state: "waiting")
            shown.usualSeconds = forecasts.usual(name, of: record.pipeline)?.seconds
            guard let step = record.steps[name] else { return shown }
            let isAtWork = step.state == .running && job.running.contains(name)
            // Of what was cut short or could not be called no attempt counts, and it goes on.
            let isCutShort = step.state == .failed && step.attempts == 0 && !job.condition.hasEnded
            let isBegun = step.state == .running && !isAtWork || isCutShort
            shown.state = step.reused == true ? "reused" : isBegun ? "begun" : step.state.rawValue
            shown.provider = step.provider
            shown.attempts = step.attempts
            shown.seconds =
                isAtWork ? max(0, Timestamp.now.since(step.started).seconds) : step.seconds
            shown.processorSeconds = step.cost?.processor
            shown.memory = step.cost?.memory
            return shown
        }
    }

    // MARK: - As text

    private static func text(_ shown: Shown, in root: SpoolRoot, at now: Timestamp) -> String {
        let job = shown.job
        var lines: [(String, String)] = []
        func add(_ title: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append((title, value)) }
        }
        func moment(_ time: Timestamp?) -> String? {
            time.map { time in
                let local = LocalTime(time.secondsSince1970, now: now.secondsSince1970).text
                let age = time.secondsSince1970 <= now.secondsSince1970
                let distance =
                    age ? "\(now.since(time).shortText) ago" : "in \(time.since(now).shortText)"
                return "\(local) (\(distance))"
            }
        }
        add("Job", [job.handle?.description, job.name].compactMap(\.self).joined(separator: "  "))
        let progress = job.condition == .running ? "  \(job.progressText)" : ""
        let left = job.secondsLeft.map { ", about \(Approximate.text($0)) left" } ?? ""
        add("State", job.stateText(at: now) + progress + left)
        let video = Product.video.path(of: job, in: root)
        add(video.map(SessionRecord.PublishedFile.isVideo) == true ? "Video" : "Result", video)
        let isForDate = job.condition == .parked && job.obstacle == nil
        add("Why", isForDate ? "not_before in its spec" : job.obstacle?.cause)
        add("Cure", job.obstacle?.hint)
        if !job.condition.hasEnded, (try? root.isLocked()) == false {
            add("Note", ListCommand.idle)
        }
        if let error = job.error {
            add("Error", "\(error.message) (\(error.code), in \(error.stage))")
            add("Hint", error.hint)
        }
        if let review = job.review, let verdict = review.verdict {
            let words = review.because.map { ": \($0)" } ?? ""
            add("Review", "\(verdict.rawValue) by \(review.by ?? "somebody")\(words)")
        }
        for degradation in job.degradations { add("Degraded", degradation) }
        if let handle = job.handle, job.condition.hasEnded,
            job.hooks.values.contains(where: { $0 != "done" })
        {
            add("Cure", "reelctl retry --hooks \(handle)")
        }
        add("Topic", job.topic == nil ? nil : job.title)
        add("Owner", job.owner.map { UserAccount.name($0) ?? "\($0)" })
        add("Id", job.id)
        add(
            "Labels",
            job.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                .joined(separator: " "))
        add("Pipeline", job.pipeline)
        add("Preset", presetText(job))
        add("Arrived", moment(job.arrived))
        add("Claimed", moment(job.claimed))
        add("Due", moment(job.due))
        add("Finished", moment(job.finished))
        add("Removed", moment(job.removed))
        add("Time", job.elapsed(at: now)?.text)
        add("Session", job.directory ?? job.session?.description)
        add("Log", job.directory.map { "\($0)/logs" })
        if job.plannedSteps > 0 {
            add("Steps", "\(job.finishedSteps) of \(job.plannedSteps) finished")
        }
        add("Running", job.running.joined(separator: ", "))
        for output in job.outputs where output != video { add("Output", output) }
        let text = lines.map { title, value in
            String(repeating: " ", count: max(0, 9 - title.count))
                + "\(title): \(value.escapingControls)\n"
        }.joined()
        return text + table(shown.steps)
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

    private static func table(_ steps: [ShownStep]) -> String {
        guard !steps.isEmpty else { return "" }
        func time(_ seconds: Double?) -> String { seconds.map { Duration.seconds($0).text } ?? "-" }
        let rows = steps.map { step in
            [
                step.name, step.state, step.provider ?? "-", step.attempts.map { "\($0)" } ?? "-",
                time(step.seconds), time(step.usualSeconds), time(step.processorSeconds),
                step.memory.map { "\(ByteCount($0))" } ?? "-",
            ].map(\.escapingControls)
        }
        let header = ["STEP", "STATE", "PROVIDER", "TRIES", "TIME", "USUAL", "CPU", "MEMORY"]
        return "\n"
            + TextTable.text([header] + rows, columns: Terminal.columns, flexible: [0, 2])
    }
}
