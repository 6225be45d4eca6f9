import Foundation
import Resilience
import TestSupport
import Testing

@Suite struct ProviderGateTests {
    private func call(_ answer: ProviderGate.Answer) throws -> ProviderGate.Call {
        guard case .go(let call) = answer.entry else { throw Refused(entry: answer.entry) }
        return call
    }
    private struct Refused: Error { let entry: ProviderGate.Entry }

    @Test func anOpenBreakerIsAskedBeforeTheQueue() throws {
        var gate = ProviderGate(
            ProviderPolicy(
                bulkhead: .init(limit: 1, queue: 5),
                breaker: BreakerSettings(consecutiveFailures: 1, openFor: .seconds(60))))
        let one = try call(gate.enter(now: .zero))
        guard case .queued(let place) = gate.enter(now: .zero).entry else {
            Issue.record("not queued")
            return
        }
        let transition = gate.leave(one, outcome: .failure, now: .seconds(1))
        #expect(transition?.to == .open(until: .seconds(61)))
        let third = gate.enter(now: .seconds(1)).entry
        #expect(third == .refused(.breakerOpen, retryAt: .seconds(61)))
        // Who was queued while it was closed is not let through now that it is open.
        let next = gate.nextWoken()
        let woken = try #require(next)
        #expect(woken.place == place)
        let entry = gate.proceed(woken.pending, now: .seconds(1)).entry
        #expect(entry == .refused(.breakerOpen, retryAt: .seconds(61)))
        #expect(gate.bulkhead.running == 0 && gate.breaker.outstanding == 0)
    }

    @Test func whoeverIsRefusedByTheBreakerUsesUpNoTurn() throws {
        var gate = ProviderGate(
            ProviderPolicy(
                rate: .init(perMinute: 2, maxWait: .seconds(100)),
                breaker: BreakerSettings(consecutiveFailures: 1, openFor: .seconds(5))))
        let one = try call(gate.enter(now: .zero))
        let two = try call(gate.enter(now: .zero))
        guard case .wait(let pending, let until) = gate.enter(now: .seconds(1)).entry else {
            Issue.record("does not wait")
            return
        }
        #expect(until == .seconds(60))
        #expect(gate.proceed(pending, now: .seconds(59)).entry == .wait(pending, until: until))
        _ = gate.leave(one, outcome: .failure, now: .seconds(58))
        #expect(gate.leave(two, outcome: .failure, now: .seconds(59)) == nil)
        let entry = gate.proceed(pending, now: .seconds(60)).entry
        #expect(entry == .refused(.breakerOpen, retryAt: .seconds(63)))
        #expect(gate.rate.countWithinDay(now: .seconds(60)) == 2)
    }

    @Test func refusesWhatWouldTakeTooLong() throws {
        var gate = ProviderGate(
            ProviderPolicy(
                bulkhead: .init(limit: 2, queue: 0), rate: .init(perMinute: 1, maxWait: .zero)))
        let one = try call(gate.enter(now: .zero))
        let limited = gate.enter(now: .zero).entry
        #expect(limited == .refused(.rateLimited, retryAt: .seconds(60)))
        _ = try call(gate.enter(now: .seconds(60)))
        #expect(
            gate.enter(now: .seconds(60)).entry == .refused(.queueFull, retryAt: .seconds(65)))
        #expect(gate.leave(one, outcome: .success, now: .seconds(61)) == nil)
        #expect(gate.bulkhead.running == 1)
    }

    @Test func retriesArePaidForAndCounted() {
        var gate = ProviderGate(
            ProviderPolicy(budget: .init(ratio: 0, minimumPerSecond: 0, capacity: 1)))
        let failure = FailureTraits(.transient)
        let decisions = (0..<2).map { _ in
            gate.decide(made: 1, elapsed: .zero, failure: failure, now: .zero, random: 1)
        }
        #expect(decisions == [.retry(after: .seconds(1)), .giveUp(.budget)])
        let never = gate.decide(
            made: 1, elapsed: .zero, failure: FailureTraits(.permanent), now: .zero, random: 1)
        #expect(never == .giveUp(.notRetryable))
        #expect(gate.statistics.retries == 1 && gate.statistics.exhausted == 2)
    }

    /// Calls that overlap, wait, are given up, come back twice; in the end nothing is out.
    @Test(arguments: 0..<40 as Range<UInt64>) func losesNothing(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...3, using: &generator)
        var policy = ProviderPolicy(
            bulkhead: .init(limit: limit, queue: 4),
            rate: .init(perSecond: 2, perMinute: 30, maxWait: .seconds(5)),
            breaker: .random(&generator))
        policy.breaker.probeLimit = .seconds(100_000)
        var gate = ProviderGate(policy)
        var calls: [ProviderGate.Call] = []
        var pending: [ProviderGate.Pending] = []
        var places: [Bulkhead.Place] = []
        var now = Duration.zero

        func take(_ answer: ProviderGate.Answer, _ before: CircuitBreaker.State) {
            switch answer.entry {
            case .go(let call):
                if case .open(let until) = before { #expect(now >= until) }
                #expect(before != .forcedOpen)
                calls.append(call)
            case .wait(let one, let until):
                #expect(until > now && until <= now + .seconds(5))
                pending.append(one)
            case .queued(let place): places.append(place)
            case .refused(_, let retryAt): #expect(retryAt >= now)
            }
        }
        for _ in 0..<1000 {
            now += .milliseconds(Int.random(in: 0...800, using: &generator))
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...2: take(gate.enter(now: now), gate.breaker.state)
            case 3, 4:
                guard let index = calls.indices.randomElement(using: &generator) else { break }
                let one = calls.remove(at: index)
                let outcomes: [CircuitBreaker.Outcome] = [.success, .failure, .ignored]
                let outcome = try #require(outcomes.randomElement(using: &generator))
                _ = gate.leave(one, outcome: outcome, now: now)
                #expect(gate.leave(one, outcome: .failure, now: now) == nil)
            case 5, 6:
                guard !pending.isEmpty else { break }
                take(gate.proceed(pending.removeFirst(), now: now), gate.breaker.state)
            default:
                if let place = places.popLast() { #expect(gate.abandon(place) == true) }
                if let one = pending.popLast() { gate.abandon(one) }
            }
            while let woken = gate.nextWoken() {
                #expect(woken.place == places.first)
                places.removeFirst()
                take(gate.proceed(woken.pending, now: now), gate.breaker.state)
            }
            #expect(gate.bulkhead.running == calls.count + pending.count)
            #expect(gate.statistics.attempts == Int(gate.latency.count), "what has ended counts")
            #expect(gate.bulkhead.running <= limit && gate.breaker.outstanding <= calls.count)
        }
        for one in calls { _ = gate.leave(one, outcome: .ignored, now: now) }
        for one in pending { gate.abandon(one) }
        for place in places { gate.abandon(place) }
        #expect(gate.bulkhead.running == 0 && gate.bulkhead.waiting == 0)
        #expect(gate.breaker.outstanding == 0)
        let nobody = gate.nextWoken()
        #expect(nobody == nil)
        #expect(gate.latency.count > 0)
    }

    @Test func survivesBeingSaved() throws {
        var gate = ProviderGate(ProviderPolicy(rate: .init(perDay: 3)))
        for second in 0..<3 {
            let one = try call(gate.enter(now: .seconds(second)))
            _ = gate.leave(one, outcome: .failure, now: .seconds(second) + .milliseconds(5))
        }
        let saved = gate.snapshot(now: .seconds(10), wall: 1e9)
        let read = try JSONDecoder().decode(
            ProviderGate.Snapshot.self, from: JSONEncoder().encode(saved))
        var twin = ProviderGate(gate.policy, restoring: read, now: .zero, wall: 1e9)
        #expect(twin.statistics == gate.statistics && twin.latency == gate.latency)
        let same = twin.snapshot(now: .zero, wall: 1e9) == saved
        #expect(same)
        guard case .refused(.rateLimited, let retryAt) = twin.enter(now: .zero).entry else {
            Issue.record("admitted")
            return
        }
        #expect(retryAt == .seconds(86_400 - 10 - 10))
    }

    @Test func anotherPolicyTakesNothingFromThoseWhoCall() throws {
        var gate = ProviderGate(
            ProviderPolicy(
                bulkhead: .init(limit: 1, queue: 5), rate: .init(perMinute: 10),
                breaker: BreakerSettings(consecutiveFailures: 2, openFor: .seconds(600))))
        let one = try call(gate.enter(now: .zero))
        guard case .queued(let place) = gate.enter(now: .zero).entry else {
            Issue.record("not queued")
            return
        }
        let stricter = ProviderPolicy(
            bulkhead: .init(limit: 1, queue: 0), rate: .init(perMinute: 2),
            breaker: BreakerSettings(
                consecutiveFailures: 2, openFor: .seconds(5), openLimit: .seconds(5)))
        gate.adopt(stricter, now: .seconds(1))
        #expect(gate.bulkhead.running == 1 && gate.bulkhead.waiting == 1)
        let third = gate.enter(now: .seconds(1)).entry
        #expect(third == .refused(.queueFull, retryAt: .seconds(6)))
        #expect(gate.leave(one, outcome: .failure, now: .seconds(1)) == nil)
        let next = gate.nextWoken()
        let woken = try #require(next)
        #expect(woken.place == place)
        let two = try call(gate.proceed(woken.pending, now: .seconds(1)))
        #expect(gate.rate.countWithinDay(now: .seconds(1)) == 2)
        // The failure before counts, and the wait is the new one.
        let transition = gate.leave(two, outcome: .failure, now: .seconds(2))
        #expect(transition?.to == .open(until: .seconds(7)))
    }

    @Test func anotherPolicyShortensAWaitAndKeepsAProbe() throws {
        var gate = ProviderGate(
            ProviderPolicy(breaker: BreakerSettings(consecutiveFailures: 1, openFor: .seconds(600)))
        )
        let one = try call(gate.enter(now: .zero))
        _ = gate.leave(one, outcome: .failure, now: .zero)
        let shorter = ProviderPolicy(
            breaker: BreakerSettings(openFor: .seconds(5), openLimit: .seconds(5), successes: 1))
        gate.adopt(shorter, now: .seconds(1))
        #expect(gate.breaker.state == .open(until: .seconds(6)))
        let probe = try call(gate.enter(now: .seconds(6)))
        gate.adopt(shorter, now: .seconds(6))
        #expect(gate.breaker.state == .halfOpen(probes: 1))
        #expect(gate.leave(probe, outcome: .success, now: .seconds(7))?.to == .closed)
    }
}
