import Foundation
import TestSupport
import Testing

@testable import Resilience

@Suite struct BreakerSnapshotTests {
    /// At random moments the breaker is saved and restored on another clock; from then on both are
    /// told the same and have to do the same. Half open, the probes are back first: they would end
    /// with the process.
    @Test(arguments: 0..<60 as Range<UInt64>) func theRestoredBehavesAsTheSaved(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var settings = BreakerSettings.random(&generator)
        settings.halfOpenLimit = nil
        var breaker = CircuitBreaker(settings)
        var now = Duration.zero
        var states: Set<String> = []
        for round in 0..<40 {
            let shift = Duration.nanoseconds(Int64.random(in: 0...1 << 50, using: &generator))
            let wall = Double.random(in: 0...2e9, using: &generator)
            let pause = Double.random(in: 0...30, using: &generator)
            let saved = breaker.snapshot(now: now, wall: wall)
            now += .seconds(pause)
            var twin = CircuitBreaker(
                settings, restoring: saved, now: now + shift, wall: wall + pause)
            states.insert(saved.state.rawValue)
            for step in 0..<30 {
                now += .nanoseconds(Int.random(in: 0...1_500_000_000, using: &generator))
                let admission = breaker.admit(now: now).admission
                let other = twin.admit(now: now + shift).admission
                switch (admission, other) {
                case (.allowed(let one), .allowed(let two)):
                    #expect(one.isProbe == two.isProbe)
                    let failed =
                        Int.random(in: 0..<10, using: &generator) < (round % 2 == 0 ? 2 : 7)
                    let outcome: CircuitBreaker.Outcome = failed ? .failure : .success
                    let took = Duration.seconds(Int.random(in: 0...25, using: &generator))
                    let a = breaker.record(one, outcome: outcome, now: now, took: took)
                    let b = twin.record(two, outcome: outcome, now: now + shift, took: took)
                    #expect(a?.cause == b?.cause, "seed \(seed), round \(round), step \(step)")
                case (.refused(let one), .refused(let two)):
                    #expect(near(one + shift, two))
                default:
                    Issue.record("seed \(seed), round \(round), step \(step): only one admits")
                    return
                }
            }
            #expect(twin.trips == breaker.trips && twin.counts == breaker.counts)
        }
        #expect(states.isSuperset(of: ["closed", "open"]))
    }

    private func near(_ one: Duration, _ other: Duration) -> Bool {
        one - other < .milliseconds(1) && other - one < .milliseconds(1)
    }

    /// Saved open with 60 s to go.
    private func saved() -> CircuitBreaker.Snapshot {
        var breaker = CircuitBreaker(BreakerSettings(consecutiveFailures: 1))
        if case .allowed(let permit) = breaker.admit(now: .seconds(100)).admission {
            let note = FailureNote(code: "down", text: "it is down")
            _ = breaker.record(permit, outcome: .failure, now: .seconds(100), failure: note)
        }
        return breaker.snapshot(now: .seconds(100), wall: 1e9)
    }

    @Test(arguments: [(0.0, 60), (20, 40), (60, 0), (1e12, 0), (-1, 60), (-1e9, 60), (.nan, 60)])
    func aClockThatJumpsNeitherKeepsItOpenNorForgetsIt(_ passed: Double, _ left: Int) {
        let breaker = CircuitBreaker(
            BreakerSettings(), restoring: saved(), now: .seconds(5), wall: 1e9 + passed)
        #expect(breaker.state == .open(until: .seconds(5 + left)))
    }

    @Test(arguments: [1e300, .infinity, 3601]) func neverWaitsLongerThanTheLimit(_ left: Double) {
        var saved = saved()
        saved.remaining = left
        let settings = BreakerSettings(openLimit: .seconds(3600))
        let breaker = CircuitBreaker(settings, restoring: saved, now: .zero, wall: 1e9)
        #expect(breaker.state == .open(until: .seconds(3600)))
    }

    @Test func keepsWhatAnOperatorReads() throws {
        let text = try JSONEncoder().encode(saved())
        let read = try JSONDecoder().decode(CircuitBreaker.Snapshot.self, from: text)
        let breaker = CircuitBreaker(
            BreakerSettings(), restoring: read, now: .seconds(1000), wall: 1e9 + 10)
        let report = breaker.report(now: .seconds(1000))
        #expect(report.lastFailure?.note == FailureNote(code: "down", text: "it is down"))
        #expect(report.lastFailure?.at == .seconds(990))
        #expect(report.counts.failures == 1 && report.counts.trips == 1 && report.trips == 1)
        #expect(report.retryAt == .seconds(1050))
    }

    @Test func keepsWhatAnOperatorSaid() {
        var breaker = CircuitBreaker()
        let orders: [(inout CircuitBreaker) -> CircuitBreaker.Transition?] = [
            { $0.forceOpen() }, { $0.disable() }, { $0.onlyMeasure() }, { $0.enable() },
        ]
        for order in orders {
            _ = order(&breaker)
            let saved = breaker.snapshot(now: .zero, wall: 5)
            let twin = CircuitBreaker(breaker.settings, restoring: saved, now: .zero, wall: 1)
            #expect(twin.state == breaker.state)
        }
    }

    @Test func nonsenseIsTolerated() {
        var saved = saved()
        saved.trips = .min
        saved.lastFailureAge = -.infinity
        saved.history.failuresInARow = -7
        saved.history.newestEndsIn = .nan
        saved.history.groups = Array(
            repeating: WindowCounts(calls: .max, failures: .max, slow: .min), count: 10)
        for ends in [Double.nan, -1e300, 1e300, 0] {
            saved.history.newestEndsIn = ends
            let breaker = CircuitBreaker(BreakerSettings(), restoring: saved, now: .zero, wall: 0)
            #expect(breaker.report(now: .seconds(1)).trips == 0)
        }
    }
}
