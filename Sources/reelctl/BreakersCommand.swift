import Core
import Daemon
import Linux
import Pipeline
import Resilience
import Spool

/// `reelctl breakers`: the breaker of each provider, by what the daemon has written down of them.
struct BreakersCommand {
    private let context: Context
    private let configuration: Configuration

    init(_ context: Context, _ configuration: Configuration) {
        self.context = context
        self.configuration = configuration
    }

    /// One breaker. Times are in seconds.
    struct Line: Encodable {
        var provider: String
        var state: CircuitBreaker.Snapshot.Name
        var calls: Int
        var refused: Int
        var successes: Int
        var failures: Int
        var slow: Int
        var trips: Int
        var failuresInARow: Int
        var windowCalls: Int
        var failureRate: Double
        var slowRate: Double
        var retriesPaidFor: Double
        var callsWithinDay: Int?
        var lastFailure: Failing?
        var retryAt: Timestamp?
    }

    struct Failing: Encodable {
        var code: String?
        var message: String?
        var at: Timestamp
    }

    private struct Listing: Encodable {
        var saved: Timestamp?
        var breakers: [Line]
    }

    func run(_ operands: [String]) throws {
        guard operands.isEmpty else {
            throw CommandLineArguments.Mistake("breakers takes no operands.")
        }
        let root = try context.open()
        let record = try ProviderRecord.read(in: root)
        let lines = Self.lines(record, configuration, at: Timestamp.now)
        if context.wantsJSON {
            try writeJSON(Listing(saved: record?.saved, breakers: lines))
        } else if lines.isEmpty {
            write("No provider has been called yet.\n")
        } else {
            write(Self.table(lines, at: Timestamp.now))
        }
    }

    /// A line for each provider that has been called, by name.
    static func lines(
        _ record: ProviderRecord?, _ configuration: Configuration, at now: Timestamp
    ) -> [Line] {
        (record?.providers ?? [:]).sorted { $0.key < $1.key }.map { name, saved in
            line(name, saved, configuration, at: now)
        }
    }

    private static func line(
        _ name: String, _ saved: ProviderGate.Snapshot, _ configuration: Configuration,
        at now: Timestamp
    ) -> Line {
        // On a clock that begins now.
        let gate = ProviderGate(
            configuration.policies.policy(for: name), restoring: saved, now: .zero,
            wall: now.secondsSince1970)
        let report = gate.breaker.report(now: .zero)
        func time(_ duration: Duration) -> Timestamp {
            Timestamp(secondsSince1970: now.secondsSince1970 + duration.seconds)
        }
        return Line(
            provider: name, state: report.state.name, calls: report.counts.admitted,
            refused: report.counts.refused, successes: report.counts.successes,
            failures: report.counts.failures, slow: report.counts.slow,
            trips: report.counts.trips, failuresInARow: report.failuresInARow,
            windowCalls: report.calls, failureRate: report.failureRate, slowRate: report.slowRate,
            retriesPaidFor: gate.budget.balance,
            callsWithinDay: gate.policy.rate.perDay.map { _ in
                gate.rate.countWithinDay(now: .zero)
            },
            lastFailure: report.lastFailure.map {
                Failing(code: $0.note?.code, message: $0.note?.text, at: time($0.at))
            },
            retryAt: report.retryAt.map(time))
    }

    private static func table(_ lines: [Line], at now: Timestamp) -> String {
        func local(_ time: Timestamp) -> String {
            LocalTime(time.secondsSince1970, now: now.secondsSince1970).text
        }
        let header = [
            "PROVIDER", "STATE", "CALLS", "REFUSED", "FAILED", "RATE", "TRIPS", "TRIED AGAIN",
            "LAST FAILURE",
        ]
        let rows = lines.map { line in
            [
                line.provider, line.state.rawValue.replacing("_", with: " "), "\(line.calls)",
                "\(line.refused)", "\(line.failures)", line.rate, "\(line.trips)",
                line.retryAt.map(local) ?? "-",
                line.lastFailure.map { "\(local($0.at)) \($0.message ?? $0.code ?? "")" } ?? "-",
            ].map(\.escapingControls)
        }
        return TextTable.text([header] + rows, columns: Terminal.columns, flexible: [0, 8])
    }
}

extension BreakersCommand.Line {
    /// The share that failed of the latest calls; a dash if there were none lately.
    var rate: String { windowCalls > 0 ? Share(failureRate).text : "-" }
}

/// A share from 0 to 1 as a person reads it.
struct Share {
    private let share: Double

    init(_ share: Double) { self.share = share }

    /// Of `part` in `whole`; 0 if there is nothing.
    init(_ part: Int, of whole: Int) { share = whole > 0 ? Double(part) / Double(whole) : 0 }

    /// `12.5%`.
    var text: String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
    }

    /// The share itself.
    var value: Double { share }
}
