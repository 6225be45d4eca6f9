import Resilience
import Testing

@Suite struct CircuitBreakerOperatorTests {
    private static let settings = BreakerSettings(consecutiveFailures: 1, openFor: .seconds(60))

    private func breaker(in state: String) -> CircuitBreaker {
        var script = BreakerScript(Self.settings)
        let stories = [
            "closed": "s", "open": "f", "half": "f +60 (", "forced": "!open",
            "disabled": "!disable", "metrics": "!metrics",
        ]
        script.run("\(stories[state] ?? "") =\(state)")
        return script.breaker
    }

    /// A verb, a state, and the state afterwards; none if nothing changes.
    @Test(arguments: [
        ("open", ["forced", "forced", "forced", "", "forced", "forced"]),
        ("disable", ["disabled", "disabled", "disabled", "disabled", "", "disabled"]),
        ("measure", ["metrics", "metrics", "metrics", "metrics", "metrics", ""]),
        ("enable", ["", "", "", "closed", "closed", "closed"]),
        ("reset", ["closed", "closed", "closed", "closed", "closed", "closed"]),
    ])
    func eachVerbInEachState(_ verb: String, _ ends: [String]) {
        let states = ["closed", "open", "half", "forced", "disabled", "metrics"]
        for (state, end) in zip(states, ends) {
            var breaker = breaker(in: state)
            let before = breaker.state
            let transition =
                switch verb {
                case "open": breaker.forceOpen()
                case "disable": breaker.disable()
                case "measure": breaker.onlyMeasure()
                case "enable": breaker.enable()
                default: breaker.reset() as CircuitBreaker.Transition?
                }
            #expect((transition == nil) == end.isEmpty, "\(verb) when \(state)")
            #expect(transition?.cause ?? .asked == .asked)
            #expect(transition?.from ?? before == before)
            #expect(breaker.state == self.breaker(in: end.isEmpty ? state : end).state)
            #expect(end.isEmpty || breaker.outstanding == 0)
        }
    }

    @Test func disabledLearnsNothing() {
        var script = BreakerScript(Self.settings)
        script.run("!disable f f i s")
        let report = script.breaker.report(now: .zero)
        #expect(report.counts.failures == 0 && report.counts.successes == 0)
        #expect(report.counts.ignored == 0 && report.lastFailure == nil)
        #expect(script.breaker.outstanding == 0)
    }

    @Test func metricsOnlyShowsWhatItWouldHaveDone() {
        var script = BreakerScript(BreakerSettings(slowAfter: .seconds(10)))
        script.run("!metrics f l s f")
        let report = script.breaker.report(now: .zero)
        #expect(report.calls == 4 && report.failureRate == 0.5 && report.slowRate == 0.25)
        #expect(report.failuresInARow == 1 && report.counts.admitted == 4)
        #expect(report.retryAt == nil)
    }

    @Test func theReportSaysWhenAndWhy() {
        var script = BreakerScript(Self.settings)
        script.run("s f x x")
        let report = script.breaker.report(now: .seconds(1))
        #expect(report.retryAt == .seconds(60) && report.trips == 1)
        #expect(report.counts.refused == 2 && report.counts.trips == 1)
        #expect(report.lastFailure?.at == .zero && report.lastFailure?.note == nil)
        script.run("!open")
        #expect(script.breaker.report(now: .seconds(1)).retryAt == nil)
        script.run("!reset")
        #expect(script.breaker.report(now: .seconds(1)).counts == BreakerCounts())
    }

    @Test(arguments: [(0.0, 54), (0.5, 60), (1, 66)])
    func chanceChangesTheWait(_ random: Double, _ seconds: Int) throws {
        var settings = Self.settings
        settings.jitter = .proportional(0.1)
        var breaker = CircuitBreaker(settings)
        guard case .allowed(let permit) = breaker.admit(now: .zero).admission else {
            Issue.record("refused")
            return
        }
        let transition = breaker.record(permit, outcome: .failure, now: .zero, random: random)
        guard case .open(let until) = transition?.to else {
            Issue.record("does not open")
            return
        }
        #expect(abs(until / .seconds(1) - Double(seconds)) < 1e-6)
        #expect(transition?.cause == .consecutiveFailures)
    }
}
