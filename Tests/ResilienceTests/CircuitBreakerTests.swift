import Resilience
import Testing

@Suite struct CircuitBreakerTests {
    /// One call from admission to its outcome; nil when it was refused.
    private func call(
        _ breaker: inout CircuitBreaker, _ outcome: CircuitBreaker.Outcome, at seconds: Int
    ) -> CircuitBreaker.Transition?? {
        let now = Duration.seconds(seconds)
        guard case .allowed(let permit) = breaker.admit(now: now).admission else { return .none }
        return .some(breaker.record(permit, outcome: outcome, now: now))
    }

    private func permit(
        _ breaker: inout CircuitBreaker, at seconds: Int
    ) throws -> CircuitBreaker.Permit {
        guard case .allowed(let permit) = breaker.admit(now: .seconds(seconds)).admission else {
            throw Refused()
        }
        return permit
    }
    private struct Refused: Error {}

    /// A breaker that opened at second 0, until second 60.
    private func opened(_ settings: BreakerSettings = .init()) -> CircuitBreaker {
        var breaker = CircuitBreaker(settings)
        for _ in 0..<5 { _ = call(&breaker, .failure, at: 0) }
        return breaker
    }

    /// A letter is a call: s succeeds, f fails, i is ignored; a second apart.
    @Test(arguments: [
        ("", true), ("ffff", true), ("fffff", false), ("ffffsffff", true), ("ffffifi", false),
        ("ffffiiii", true), ("fsfsfsfsf", true), ("sfsfsfsfsf", false), ("ssssssffff", true),
        ("fffsffsssf", false), ("fffsffssss", true),
    ])
    func opensOnFailuresInARowAndOnTheirRate(_ calls: String, _ closed: Bool) {
        var breaker = CircuitBreaker()
        for (second, letter) in calls.enumerated() {
            let outcome: CircuitBreaker.Outcome =
                letter == "s" ? .success : letter == "f" ? .failure : .ignored
            _ = call(&breaker, outcome, at: second)
        }
        #expect((breaker.state == .closed) == closed)
    }

    @Test func forgetsWhatIsOlderThanItsWindow() {
        var breaker = CircuitBreaker()
        for second in 0..<8 {
            _ = call(&breaker, second % 2 == 0 ? .failure : .success, at: second)
        }
        for _ in 0..<3 { _ = call(&breaker, .failure, at: 61 + 10) }
        #expect(breaker.state == .closed)
        _ = call(&breaker, .failure, at: 72)
        #expect(call(&breaker, .failure, at: 73)??.to == .open(until: .seconds(133)))
    }

    @Test func refusesUntilItsTimeThenProbesOneByOne() throws {
        var breaker = opened()
        #expect(breaker.state == .open(until: .seconds(60)))
        #expect(breaker.admit(now: .seconds(59)).admission == .refused(retryAt: .seconds(60)))
        for success in 1...3 {
            let probe = try permit(&breaker, at: 60)
            #expect(probe.isProbe && breaker.state == .halfOpen(probes: 1))
            #expect(breaker.admit(now: .seconds(60)).admission == .refused(retryAt: .seconds(66)))
            let transition = breaker.record(probe, outcome: .success, now: .seconds(61))
            #expect(transition?.to == (success == 3 ? .closed : nil))
        }
        #expect(try !permit(&breaker, at: 62).isProbe)
    }

    @Test func oneFailedProbeOpensItAgain() throws {
        var breaker = opened(BreakerSettings(probes: 2))
        let (one, two) = (try permit(&breaker, at: 60), try permit(&breaker, at: 60))
        #expect(throws: Refused.self) { try permit(&breaker, at: 60) }
        let transition = breaker.record(one, outcome: .failure, now: .seconds(70))
        #expect(transition?.from == .halfOpen(probes: 1))
        #expect(transition?.to == .open(until: .seconds(130)))
        #expect(breaker.record(two, outcome: .success, now: .seconds(71)) == nil)
        #expect(breaker.state == .open(until: .seconds(130)))
    }

    @Test func anIgnoredProbeMakesRoomForAnother() throws {
        var breaker = opened()
        for _ in 0..<10 { #expect(call(&breaker, .ignored, at: 60) == .some(nil)) }
        #expect(breaker.state == .halfOpen(probes: 0))
    }

    @Test func anOldPermitDoesNotCountInANewState() throws {
        var breaker = CircuitBreaker(BreakerSettings(successes: 1))
        let slow = try (0..<10).map { _ in try permit(&breaker, at: 0) }
        for permit in slow.prefix(5) {
            _ = breaker.record(permit, outcome: .failure, now: .seconds(0))
        }
        let probe = try permit(&breaker, at: 60)
        #expect(breaker.record(slow[5], outcome: .success, now: .seconds(60)) == nil)
        #expect(breaker.state == .halfOpen(probes: 1))
        #expect(breaker.record(probe, outcome: .success, now: .seconds(60))?.to == .closed)
        for permit in slow { _ = breaker.record(permit, outcome: .failure, now: .seconds(61)) }
        #expect(breaker.state == .closed)
    }

    @Test func aPermitCountsOnce() throws {
        var breaker = CircuitBreaker()
        let one = try permit(&breaker, at: 0)
        for _ in 0..<10 { #expect(breaker.record(one, outcome: .failure, now: .zero) == nil) }
        #expect(breaker.state == .closed)
    }

    @Test(arguments: [Duration.zero, .nanoseconds(1), .seconds(Int64.max)])
    func toleratesAnyWindowAndAnyTime(_ window: Duration) {
        var breaker = CircuitBreaker(BreakerSettings(window: .time(window)))
        for now in [Duration.seconds(-5), .seconds(1 << 40), .zero, .seconds(1 << 60)] {
            if case .allowed(let permit) = breaker.admit(now: now).admission {
                #expect(breaker.record(permit, outcome: .failure, now: now) == nil)
            }
        }
    }

    /// Refused while the probe is awaited; then the breaker is open, since it is lost.
    @Test(arguments: [(0, 100), (50, 100), (300, 300)])
    func aProbeIsAwaitedAsLongAsItMayTake(_ within: Int, _ limit: Int) {
        var breaker = opened(BreakerSettings(probeLimit: .seconds(100)))
        _ = breaker.admit(now: .seconds(60), within: .seconds(within))
        #expect(breaker.expire(now: .seconds(59 + limit)) == nil)
        let transition = breaker.expire(now: .seconds(60 + limit))
        #expect(transition?.cause == .probeLost)
        #expect(transition?.to == .open(until: .seconds(120 + limit)))
    }
}
