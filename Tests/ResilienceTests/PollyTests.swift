import Resilience
import Testing

/// What Polly documents of its circuit breaker (https://www.pollydocs.org/strategies/circuit-breaker), as
/// tables.
@Suite struct PollyTests {
    /// FailureRatio 0.5, MinimumThroughput 4, SamplingDuration 10 s, BreakDuration 5 s. Polly lets
    /// one probe through, another when a break's time has passed without an answer, and closes after one
    /// success.
    private static let sampled = BreakerSettings(
        consecutiveFailures: nil, failureRate: 0.5, minimumCalls: 4, window: .time(.seconds(10)),
        openFor: .seconds(5), probes: 1, successes: 1, probeLimit: .seconds(5))

    @Test(arguments: [
        // It breaks if, within any time-slice of SamplingDuration, the proportion of failures
        // reaches FailureRatio, with at least MinimumThroughput.
        "f f f =closed f =open", "s s f =closed f =open", "s s s f f =closed f =open",
        "f f f +11 f =closed",
        // A success is never looked at: the ratio may be reached without breaking.
        "f f s s =closed f =open",
        // Open: any attempt immediately throws a BrokenCircuitException, for BreakDuration.
        "f f f f x x +4 x +1 s =closed",
        // "If the first action after the break results in a handled exception, the circuit will
        // break again for another BreakDuration; if no exception is thrown, the circuit will reset".
        "f f f f +5 f =open x +4 x +1 s =closed", "f f f f +5 s =closed f f f =closed f =open",
        // Half open: others are refused while the probe is under way.
        "f f f f +5 ( x x =half )s =closed",
        // A probe that does not come back blocks nobody for ever. Polly lets the next one through
        // after a BreakDuration; here the lost one counts as failed first. Differs.
        "f f f f +5 ( +5 x =open +5 s =closed",
        // "A successful call result may arrive when the circuit is open, if it was placed before
        // the circuit broke. We take no special action".
        "( f f f f =open )s =open x", "( f f f f =open )f =open +5 s",
        // Isolated: held open by hand, until closed.
        "!open x +9999 x !reset =closed s", "f f f f =open !open =forced +9999 x !reset s =closed",
    ]) func sampling(_ story: String) {
        var script = BreakerScript(Self.sampled)
        script.run(story)
    }

    /// The breaker of Polly 7: so many exceptions in a row.
    @Test(arguments: [
        "f f =closed f =open", "f f s f f =closed f =open", "f f i f =open",
        "f f f +5 f =open +5 s =closed f f =closed",
    ]) func consecutive(_ story: String) {
        var settings = Self.sampled
        settings.consecutiveFailures = 3
        settings.failureRate = nil
        var script = BreakerScript(settings)
        script.run(story)
    }

    /// BreakDurationGenerator: a break that grows with each failed probe, as in Polly's example.
    @Test func growingBreak() {
        var settings = Self.sampled
        settings.openGrowth = 2
        settings.openLimit = .seconds(15)
        var script = BreakerScript(settings)
        script.run("f f f f +5 f +5 x +5 f +10 x +5 f +14 x +1 s =closed f f f f +5 s =closed")
    }
}
