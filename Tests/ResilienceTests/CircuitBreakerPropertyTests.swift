import Resilience
import TestSupport
import Testing

/// Random calls that overlap, come back late, twice or not at all, and operators who interfere, next
/// to the naive model. The seed is the test's argument.
@Suite struct CircuitBreakerPropertyTests {
    private struct Call {
        let permit: CircuitBreaker.Permit
        let number: Int
        let era: Int
        let began: Duration
    }

    @Test(arguments: 0..<100 as Range<UInt64>) func behavesAsItsModel(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let settings = BreakerSettings.random(&generator)
        var breaker = CircuitBreaker(settings)
        var model = CircuitBreakerModel(settings)
        var calls: [Call] = []
        var now = Duration.zero
        var seen: Set<String> = []

        for step in 0..<1500 {
            now += .microseconds(Int.random(in: 0...1_500_000, using: &generator))
            let before = breaker.state
            let dice = Int.random(in: 0..<200, using: &generator)
            var transition: CircuitBreaker.Transition?
            if dice == 0 {
                interfere(&breaker, &model, &generator)
            } else if calls.isEmpty || dice < 100 {
                let answer = breaker.admit(now: now)
                let number = model.admit(now: now)
                transition = answer.transition
                switch answer.admission {
                case .allowed(let permit):
                    #expect(number != nil)
                    if case .open(let until) = before { #expect(now >= until) }
                    if case .halfOpen = breaker.state { #expect(permit.isProbe) }
                    calls.append(
                        Call(permit: permit, number: number ?? 0, era: model.era, began: now))
                case .refused(let retryAt):
                    #expect(number == nil && retryAt >= now)
                }
            } else {
                let call = calls.remove(at: Int.random(in: 0..<calls.count, using: &generator))
                // One in ten never comes back.
                if dice >= 190 { continue }
                // Fair and foul weather in turn.
                let failures: UInt64 = (step / 60).isMultiple(of: 2) ? 1 : 6
                let draw = UInt64.random(in: 0..<8, using: &generator)
                let outcome: CircuitBreaker.Outcome =
                    draw == 7 ? .ignored : draw < failures ? .failure : .success
                transition = breaker.record(call.permit, outcome: outcome, now: now)
                model.record(
                    call.number, era: call.era, outcome: outcome, took: now - call.began, now: now)
                #expect(breaker.record(call.permit, outcome: .failure, now: now) == nil)
            }
            #expect(breaker.state == model.state, "seed \(seed), step \(step), \(settings)")
            if dice != 0 {
                // Every change is told, and nothing else is.
                let same = name(before) == name(breaker.state)
                #expect((transition == nil) == same || same && transition?.cause == .waited)
                #expect(transition.map { $0.to == breaker.state } ?? true)
            }
            seen.insert(name(breaker.state))
            if case .halfOpen(let probes) = breaker.state {
                #expect(probes >= 0 && probes <= settings.probes)
            }
            if case .open(let until) = breaker.state {
                #expect(until <= now + .seconds(60))
                #expect(breaker.outstanding == 0)
            }
        }
        // A sequence that stayed in one state would prove little.
        #expect(seen.isSuperset(of: ["closed", "open", "half open"]))
    }

    /// However calls end, as long as they do, nothing is left out.
    @Test(arguments: 0..<20 as Range<UInt64>) func everyPermitComesBack(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var breaker = CircuitBreaker(BreakerSettings.random(&generator))
        var permits: [CircuitBreaker.Permit] = []
        var now = Duration.zero
        for _ in 0..<1000 {
            now += .milliseconds(Int.random(in: 0...2000, using: &generator))
            if case .allowed(let permit) = breaker.admit(now: now).admission {
                permits.append(permit)
            }
            let outcomes: [CircuitBreaker.Outcome] = [.success, .failure, .ignored]
            if permits.count > 3, let outcome = outcomes.randomElement(using: &generator) {
                _ = breaker.record(permits.removeFirst(), outcome: outcome, now: now)
            }
            #expect(breaker.outstanding <= permits.count)
        }
        for permit in permits { _ = breaker.record(permit, outcome: .ignored, now: now) }
        #expect(breaker.outstanding == 0)
    }

    private func interfere(
        _ breaker: inout CircuitBreaker, _ model: inout CircuitBreakerModel,
        _ generator: inout SeededGenerator
    ) {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0:
            _ = breaker.forceOpen()
            model.order(.forcedOpen)
        case 1:
            _ = breaker.disable()
            model.order(.disabled)
        case 2:
            _ = breaker.onlyMeasure()
            model.order(.metricsOnly)
        default:
            _ = breaker.reset()
            model.order(.closed)
        }
    }

    private func name(_ state: CircuitBreaker.State) -> String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half open"
        case .forcedOpen: "forced open"
        case .disabled: "disabled"
        case .metricsOnly: "metrics only"
        }
    }
}
