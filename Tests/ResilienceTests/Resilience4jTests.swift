import Resilience
import Testing

/// What resilience4j documents of its CircuitBreaker (https://resilience4j.readme.io/docs/circuitbreaker), in
/// our words and as tables. Where this breaker decides otherwise, the row says so.
@Suite struct Resilience4jTests {
    /// Count-based, the last 10 calls, at least 4 of them, 50%; 3 permitted calls when half open.
    private static let counted = BreakerSettings(
        consecutiveFailures: nil, failureRate: 0.5, minimumCalls: 4, window: .calls(10),
        openFor: .seconds(60), probes: 3, successes: 3)

    @Test(arguments: [
        // If only 9 calls have been evaluated the CircuitBreaker will not trip open even if all 9
        // calls have failed: here 3 of 4.
        "f f f =closed", "f f f f =open",
        // when the failure rate is equal or greater than the threshold.
        "s s f =closed f =open", "s s s f f =closed f =open",
        // There a good call that completes the minimum opens it too if half of them failed; here, as
        // with Polly, no good call does. Differs.
        "f f s s =closed f =open",
        // A count-based window of N calls forgets the oldest.
        "s s s s s s f f f f =closed f =open", "f f s s s s s s s s s s f f f f =closed f =open",
        // What neither succeeded nor failed (ignoreExceptions) does not count.
        "f f f i i i i =closed f =open",
        // OPEN rejects, until a wait time duration has elapsed.
        "f f f f x +59 x =open +1 ( =half",
        // permits a configurable number of calls; further calls are rejected until all
        // permitted calls have completed.
        "f f f f +60 ( ( ( x )s )s )s =closed",
        // If the failure rate is then equal or greater than the threshold, the state changes back
        // to OPEN: 2 of 3. Here the first failure decides, before all are back.
        "f f f f +60 ( ( ( )f )f =open x", "f f f f +60 ( ( ( )f =open )s )s =open",
        // below the threshold: CLOSED. There a failure of 3 would be; here it opens. Differs.
        "f f f f +60 s s f =open",
        // The numbers begin anew when it is closed.
        "f f f f +60 s s s =closed f f f =closed f =open",
        // FORCED_OPEN always denies access, DISABLED always allows: only a transition or a
        // reset ends them, and nothing is counted.
        "!open x +9999 x =forced !reset =closed s",
        "!disable f f f f f f =disabled s !reset =closed",
        "!disable f f f !enable f f f =closed",
        // METRICS_ONLY allows, counts, and never trips.
        "!metrics f f f f f f =metrics s !enable =closed",
        // Calls of an earlier state: what was begun closed and ends half open is no probe.
        "( f f f f =open +60 ( =half )f =half )s =half",
    ]) func countBased(_ story: String) {
        var script = BreakerScript(Self.counted)
        script.run(story)
    }

    @Test(arguments: [
        // The time-based sliding window aggregates the outcome of the calls of the last N seconds.
        "f f +9 f =closed +0 f =open", "f f +11 f f =closed",
        "s s s s s s +11 f f f =closed f =open",
    ]) func timeBased(_ story: String) {
        var settings = Self.counted
        settings.window = .time(.seconds(10))
        var script = BreakerScript(settings)
        script.run(story)
    }

    @Test(arguments: [
        // OPEN when the percentage of slow calls is equal or greater than the threshold.
        "l l l =closed l =open", "l s s l =open", "l s s s s =closed", "l l s s =closed l =open",
        // If the slow call rate is then equal or greater: here one slow probe is enough.
        "l l l l +60 l =open", "l l l l +60 s s s =closed",
    ]) func slowCalls(_ story: String) {
        var settings = Self.counted
        settings.slowRate = 0.5
        settings.slowAfter = .seconds(10)
        var script = BreakerScript(settings)
        script.run(story)
    }

    @Test(arguments: [
        // maxWaitDurationInHalfOpenState: the longest amount of time a CircuitBreaker could stay
        // in Half Open state, before it switches to open.
        (30, "f f f f +60 ( ( +29 ( =half )s", "half"),
        (30, "f f f f +60 s +29 s =half +1 x =open +59 x +1 s", "half"),
        // 0 means it would wait infinitely: nil here.
        (nil, "f f f f +60 s +5000 s =half s", "closed"),
    ]) func halfOpenLimit(_ seconds: Int?, _ story: String, _ end: String) {
        var settings = Self.counted
        settings.halfOpenLimit = seconds.map { .seconds($0) }
        var script = BreakerScript(settings)
        script.run("\(story) =\(end)")
    }
}
