import Core
import Spool

/// How far a job is and about how long it takes on, by what steps like its own usually take.
///
/// A step that runs counts as far as its usual time has passed, and never as done. The rate is the job's own:
/// what it has done since it was last taken up, so that other jobs beside it are in it.
public struct Forecast: Hashable, Sendable {
    /// The share that is done, 0 to 1.
    public var share: Double
    /// About how long it takes on; nil if nothing is known of such steps.
    public var left: Duration?
    /// The work that is left, in seconds of one step at a time; and what of it is the last step's, which has
    /// nothing beside it.
    public private(set) var work: Double
    private var lastStep = 0.0

    /// What steps are taken to need of which nothing is known, in seconds.
    private static let unknown = 1.0
    /// The most of a running step that is taken for done.
    private static let mostOfRunning = 0.9
    /// A pause after which the job was taken up anew, in seconds.
    private static let gap = 30.0
    /// For how many seconds' worth the rate that is to be expected counts beside what was seen.
    private static let prior = 3.0

    /// Forecasts a job from its record.
    ///
    /// - Parameters:
    ///   - working: the steps at work and since when; nil where that is not known, and what is on record as
    ///     begun is taken for that.
    ///   - statistics: of the steps that were counted, by pipeline and kind.
    ///   - slots: how many steps are at work at a time.
    public init(
        _ record: SessionRecord, working: [String: Timestamp]? = nil,
        statistics: [String: StepStatistics], slots: Int, at now: Timestamp
    ) {
        let weights = Self.weights(record, statistics)
        let plan = Set(record.plan).union(record.steps.keys)
        func weight(_ step: String) -> Double { weights.of[step] ?? weights.others }
        var (done, total) = (0.0, 0.0)
        var isUnknown = false
        for step in plan {
            let own = weight(step)
            total += own
            switch record.steps[step]?.state {
            case .finished: done += own
            case .running:
                // Of which nothing is known may take any time.
                guard weights.of[step] != nil else {
                    isUnknown = true
                    continue
                }
                let since = working.map { $0[step] } ?? record.steps[step]?.started
                let passed = since.map { now.since($0).seconds } ?? 0
                done += min(own * Self.mostOfRunning, max(0, passed))
            case .failed, nil: break
            }
        }
        share = total > 0 ? min(1, done / total) : 0
        work = max(0, total - done)
        guard weights.isKnown, !isUnknown else { return }
        let spans = record.steps.values.compactMap { step in
            step.seconds.map { (step.started.secondsSince1970, $0) }
        }.sorted { $0.0 < $1.0 }
        let begun = Self.lastStart(spans, or: record.claimed.secondsSince1970)
        let doneSince = record.steps.reduce(0.0) { sum, step in
            let isSince = step.value.started.secondsSince1970 >= begun
            return step.value.state == .finished && isSince ? sum + weight(step.key) : sum
        }
        let elapsed = max(0, now.secondsSince1970 - begun)
        let rate =
            (doneSince + Double(max(1, slots)) * Self.prior) / (elapsed + Self.prior)
        if let last = record.plan.last, record.steps[last]?.state != .finished {
            lastStep = min(work, weight(last))
        }
        left = .seconds((work - lastStep) / max(rate, 0.01) + lastStep)
    }

    /// The same if it takes no longer than to do the work of all jobs that are at work, `all` seconds of it: one
    /// that waited for others goes faster when they have ended.
    public func bounded(by all: Double, slots: Int) -> Forecast {
        var forecast = self
        let longest = Duration.seconds(all / Double(max(1, slots)) + lastStep)
        forecast.left = left.map { min($0, longest) }
        return forecast
    }

    /// When the steps began that have gone on without a long pause since.
    private static func lastStart(_ spans: [(Double, Double)], or claimed: Double) -> Double {
        guard let first = spans.first else { return claimed }
        var (begun, end) = (first.0, first.0 + first.1)
        for (start, seconds) in spans.dropFirst() {
            if start - end > gap { begun = start }
            end = max(end, start + seconds)
        }
        return begun
    }

    /// What the steps usually take, in seconds: by what was counted of their kind, by others of the kind in
    /// this job, or else as much as the others of this job do.
    private static func weights(
        _ record: SessionRecord, _ statistics: [String: StepStatistics]
    ) -> (of: [String: Double], others: Double, isKnown: Bool) {
        var seen: [String: [Double]] = [:]
        for (name, step) in record.steps where step.state == .finished && step.reused != true {
            if let seconds = step.seconds {
                seen[StepStatistics.kind(of: name, in: record.pipeline), default: []]
                    .append(seconds)
            }
        }
        var weights: [String: Double] = [:]
        for step in Set(record.plan).union(record.steps.keys) {
            let kind = StepStatistics.kind(of: step, in: record.pipeline)
            if let usual = statistics[kind]?.usual {
                weights[step] = usual.seconds
            } else if let own = seen[kind] {
                weights[step] = own.reduce(0, +) / Double(own.count)
            }
        }
        let mean = weights.values.reduce(0, +) / Double(max(1, weights.count))
        return (weights, weights.isEmpty ? unknown : mean, !weights.isEmpty)
    }
}

extension StepStatistics {
    /// What an attempt usually takes: the half of them no longer. Nil if there was none.
    public var usual: Duration? { latency.quantile(0.5) }
}
