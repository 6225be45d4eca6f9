import Core
import Pipeline
import Spool

/// Tells of jobs at work how far they are, by what was counted under a root.
struct Forecasts {
    private let root: SpoolRoot
    private let statistics: [String: StepStatistics]
    private let slots: Int
    private let working: [String: [String: Timestamp]]?
    /// What is on record of the jobs at work.
    private let others: [SessionRecord]

    /// How many of them are looked at.
    private static let mostOthers = 50

    init(_ root: SpoolRoot, _ snapshot: DaemonSnapshot?) {
        self.root = root
        statistics = ((try? ProviderRecord.read(in: root)) ?? nil)?.steps ?? [:]
        slots = snapshot?.slots ?? 2
        working = snapshot?.working
        let sessions = ((try? root[.active].entries()) ?? []).compactMap(\.sessionID)
        others = sessions.prefix(Self.mostOthers).compactMap { (try? root.record(of: $0)) ?? nil }
    }

    /// Adds to a job that is at work how far it is.
    func add(to job: inout JobSummary, at now: Timestamp) {
        guard job.state == .active, let session = job.session,
            let record = (try? root.record(of: session)) ?? nil
        else { return }
        let forecast = forecast(record, at: now)
        job.progress = forecast.share
        // Nothing goes on of a job that is stuck.
        if job.condition == .running { job.secondsLeft = forecast.left?.seconds }
    }

    func forecast(_ record: SessionRecord, at now: Timestamp) -> Forecast {
        let own = alone(record, at: now)
        let work = others.reduce(own.work) { sum, other in
            other.session == record.session ? sum : sum + alone(other, at: now).work
        }
        return own.bounded(by: work, slots: slots)
    }

    private func alone(_ record: SessionRecord, at now: Timestamp) -> Forecast {
        Forecast(
            record, working: working.map { $0[record.session.description] ?? [:] },
            statistics: statistics, slots: slots, at: now)
    }

    /// Whether a step that is on record as begun is at work, as far as is known.
    func isAtWork(_ step: String, of session: SessionID) -> Bool {
        working.map { $0[session.description]?[step] != nil } ?? true
    }

    /// What a step of a pipeline usually takes.
    func usual(_ step: String, of pipeline: String) -> Duration? {
        statistics[StepStatistics.kind(of: step, in: pipeline)]?.usual
    }
}

/// About how long, as exact as a guess may be: `40 s`, `4 min`.
enum Approximate {
    static func text(_ seconds: Double) -> String {
        switch seconds {
        case ..<10: "\(max(1, Int(seconds.rounded()))) s"
        case ..<60: "\(max(10, Int((seconds / 10).rounded()) * 10)) s"
        case ..<5400: "\(Int((seconds / 60).rounded(.up))) min"
        default: "\(Int((seconds / 3600).rounded(.up))) h"
        }
    }
}
