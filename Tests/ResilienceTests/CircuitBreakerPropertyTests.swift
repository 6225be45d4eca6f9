import Resilience
import TestSupport
import Testing

/// Random calls that overlap, come back late, twice or not at all, next to the naive model.
@Suite struct CircuitBreakerPropertyTests {
    @Test(arguments: 0..<60 as Range<UInt64>) func behavesAsItsModel(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let settings = BreakerSettings(
            consecutiveFailures: .random(in: 1...6, using: &generator),
            failureRate: [0.3, 0.5, 0.75].randomElement(using: &generator) ?? 0.5,
            minimumCalls: .random(in: 2...12, using: &generator),
            window: .seconds(Int.random(in: 1...60, using: &generator)),
            openFor: .seconds(Int.random(in: 0...20, using: &generator)),
            probes: .random(in: 1...3, using: &generator),
            successes: .random(in: 1...4, using: &generator))
        var breaker = CircuitBreaker(settings)
        var model = CircuitBreakerModel(settings)
        var calls: [(permit: CircuitBreaker.Permit, era: Int)] = []
        var now = Duration.zero
        var seen: Set<String> = []

        for step in 0..<600 {
            now += .milliseconds(Int.random(in: 0...1500, using: &generator))
            if calls.isEmpty || Bool.random(using: &generator) {
                let before = breaker.state
                let admission = breaker.admit(now: now)
                let admitted = model.admit(now: now)
                switch admission {
                case .allowed(let permit):
                    #expect(admitted)
                    calls.append((permit, model.era))
                    if case .open(let until) = before { #expect(now >= until) }
                    if case .halfOpen = breaker.state { #expect(permit.isProbe) }
                case .refused(let retryAt):
                    #expect(!admitted && retryAt >= now)
                }
            } else {
                let index = Int.random(in: 0..<calls.count, using: &generator)
                let call = calls.remove(at: index)
                // Fair and foul weather in turn.
                let failures: UInt64 = (step / 60).isMultiple(of: 2) ? 1 : 6
                let draw = UInt64.random(in: 0..<8, using: &generator)
                let outcome: CircuitBreaker.Outcome =
                    draw == 7 ? .ignored : draw < failures ? .failure : .success
                let before = breaker.state
                let transition = breaker.record(call.permit, outcome: outcome, now: now)
                model.record(era: call.era, outcome: outcome, now: now)
                #expect(breaker.record(call.permit, outcome: .failure, now: now) == nil)
                #expect(transition.map { $0.to == breaker.state } ?? true)
                #expect(transition == nil || outcome != .ignored)
                if case .open = before { #expect(transition == nil) }
            }
            #expect(breaker.state == model.state)
            switch breaker.state {
            case .closed: seen.insert("closed")
            case .open: seen.insert("open")
            case .halfOpen(let probes):
                seen.insert("half open")
                #expect(probes >= 0 && probes <= settings.probes)
            }
        }
        // A sequence that stayed in one state would prove little.
        #expect(seen.count == 3)
    }
}
