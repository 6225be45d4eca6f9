import Core
import Daemon
import Linux
import Pipeline
import Resilience
import Spool

/// `reelctl stats`: how often providers and steps succeeded, and how long they took, since they were
/// first counted.
struct StatsCommand {
    private let context: Context

    init(_ context: Context) { self.context = context }

    /// How long calls took, in seconds: half of them, 95 and 99 of 100 took no longer.
    private struct Times: Encodable {
        var p50, p95, p99: Double?

        init(_ latency: LatencyHistogram) {
            p50 = latency.quantile(0.5)?.seconds
            p95 = latency.quantile(0.95)?.seconds
            p99 = latency.quantile(0.99)?.seconds
        }

        var cells: [String] {
            [p50, p95, p99].map { $0.map { Duration.seconds($0).text } ?? "-" }
        }
    }

    private struct Retries: Encodable {
        var attempts = 0
        var retries = 0
        var successes = 0
        var exhausted = 0
        var secondsWaited = 0.0

        init(_ statistics: RetryStatistics) {
            attempts = statistics.attempts
            retries = statistics.retries
            successes = statistics.successes
            exhausted = statistics.exhausted
            secondsWaited = statistics.secondsWaited
        }
    }

    private struct ProviderLine: Encodable {
        var provider: String
        var retries: Retries
        var successRate: Double
        var retryRate: Double
        var seconds: Times
    }

    private struct StepLine: Encodable {
        var step: String
        var finished: Int
        var failed: Int
        var failureRate: Double
        var seconds: Times
    }

    private struct Listing: Encodable {
        var saved: Timestamp?
        var retries: Retries
        var providers: [ProviderLine]
        var steps: [StepLine]
    }

    func run(_ operands: [String]) throws {
        guard operands.isEmpty else {
            throw CommandLineArguments.Mistake("stats takes no operands.")
        }
        let root = try context.open()
        let listing = Self.listing(try ProviderRecord.read(in: root))
        if context.wantsJSON { try writeJSON(listing) } else { write(Self.text(listing)) }
    }

    private static func listing(_ record: ProviderRecord?) -> Listing {
        var sum = RetryStatistics()
        for gate in (record?.providers ?? [:]).values { sum += gate.statistics }
        let providers = (record?.providers ?? [:]).sorted { $0.key < $1.key }.map { name, gate in
            let counts = gate.statistics
            return ProviderLine(
                provider: name, retries: Retries(counts),
                successRate: Share(counts.successes, of: counts.attempts).value,
                retryRate: Share(counts.retries, of: counts.attempts).value,
                seconds: Times(gate.latency))
        }
        let steps = (record?.steps ?? [:]).sorted { $0.key < $1.key }.map { name, counts in
            StepLine(
                step: name, finished: counts.finished, failed: counts.failed,
                failureRate: Share(counts.failed, of: counts.finished + counts.failed).value,
                seconds: Times(counts.latency))
        }
        return Listing(
            saved: record?.saved, retries: Retries(sum), providers: providers, steps: steps)
    }

    private static func text(_ listing: Listing) -> String {
        guard let saved = listing.saved else { return "Nothing has been counted yet.\n" }
        let all = listing.retries
        let waited = Duration.seconds(all.secondsWaited).text
        let providers =
            [
                [
                    "PROVIDER", "CALLS", "SUCCEEDED", "RATE", "RETRIES", "GIVEN UP", "P50", "P95",
                    "P99",
                ]
            ]
            + listing.providers.map { line in
                [
                    line.provider.escapingControls, "\(line.retries.attempts)",
                    "\(line.retries.successes)", Share(line.successRate).text,
                    "\(line.retries.retries)", "\(line.retries.exhausted)",
                ] + line.seconds.cells
            }
        let steps =
            [["STEP", "FINISHED", "FAILED", "FAILURES", "P50", "P95", "P99"]]
            + listing.steps.map { line in
                [
                    line.step.escapingControls, "\(line.finished)", "\(line.failed)",
                    Share(line.failureRate).text,
                ] + line.seconds.cells
            }
        let columns = Terminal.columns
        let sum =
            "As of \(saved): \(all.attempts) calls, \(all.successes) of them successful; \(all.retries) retries after \(waited) of waiting, \(all.exhausted) times given up."
        return """
            \(Terminal.wrap(sum, to: columns).joined(separator: "\n"))

            \(TextTable.text(providers, columns: columns, flexible: [0]))
            \(TextTable.text(steps, columns: columns, flexible: [0]))
            """
    }
}
