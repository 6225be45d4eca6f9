import TestSupport
import Testing

@testable import Resilience

@Suite struct RateLimiterTests {
    @Test func sparesAllItsLimitsAtOnce() {
        var limiter = RateLimiter(
            .init(perSecond: 2, perMinute: 3, perDay: 4, maxWait: .seconds(100_000)))
        let times = (0..<5).map { _ in
            if case .reserved(let one) = limiter.reserve(now: .zero) {
                one.at
            } else {
                Duration.seconds(-1)
            }
        }
        #expect(times == [0, 0, 1, 60, 86_400].map { .seconds($0) })
    }

    @Test func refusesWhomItWouldKeepTooLong() {
        var limiter = RateLimiter(.init(perMinute: 1, maxWait: .seconds(10)))
        #expect(limiter.reserve(now: .zero) == .reserved(.init(at: .zero)))
        #expect(limiter.reserve(now: .seconds(1)) == .refused(retryAt: .seconds(50)))
        #expect(limiter.reserve(now: .seconds(50)) == .reserved(.init(at: .seconds(60))))
    }

    @Test func whatIsCancelledDoesNotCount() {
        var limiter = RateLimiter(.init(perMinute: 1, maxWait: .seconds(100)))
        let first = RateLimiter.Reservation(at: .zero)
        #expect(limiter.reserve(now: .zero) == .reserved(first))
        #expect(limiter.cancel(first) == true)
        #expect(limiter.cancel(first) == false)
        #expect(limiter.reserve(now: .seconds(1)) == .reserved(.init(at: .seconds(1))))
    }

    @Test func nobodyOvertakesEvenIfTheirTimeIsEarlier() {
        var limiter = RateLimiter(.init(perMinute: 2))
        #expect(limiter.reserve(now: .seconds(5)) == .reserved(.init(at: .seconds(5))))
        #expect(limiter.reserve(now: .seconds(3)) == .reserved(.init(at: .seconds(5))))
    }

    @Test func withoutLimitsNobodyWaits() {
        var limiter = RateLimiter()
        for _ in 0..<10 { #expect(limiter.reserve(now: .zero) == .reserved(.init(at: .zero))) }
        #expect(limiter.cancel(.init(at: .zero)) == false)
    }

    /// Every stretch of time, wherever it is laid, next to a plain list of all calls.
    @Test(arguments: 0..<30 as Range<UInt64>) func noStretchHoldsTooMany(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let settings = RateLimiter.Settings(
            perSecond: .random(in: 1...4, using: &generator),
            perMinute: .random(in: 4...30, using: &generator),
            perDay: .random(in: 30...100, using: &generator), maxWait: .seconds(20))
        let rules: [(Int?, Duration)] = [
            (settings.perSecond, .seconds(1)), (settings.perMinute, .seconds(60)),
            (settings.perDay, .seconds(86_400)),
        ]
        var limiter = RateLimiter(settings)
        var now = Duration.zero
        var calls: [Duration] = []
        for step in 0..<1500 {
            let pause = step.isMultiple(of: 300) ? 50_000_000 : 900
            now += .milliseconds(Int.random(in: 0...pause, using: &generator))
            switch limiter.reserve(now: now) {
            case .reserved(let one):
                // Not a moment later than it has to be.
                let times = rules.compactMap { limit, period -> Duration? in
                    guard let limit, calls.count >= limit else { return nil }
                    return calls[calls.count - limit] + period
                }
                #expect(one.at == max(now, times.max() ?? now, calls.last ?? now))
                calls.append(one.at)
                let ahead = calls.indices.filter { calls[$0] > now }
                if let index = ahead.randomElement(using: &generator),
                    Int.random(in: 0..<3, using: &generator) == 0
                {
                    #expect(limiter.cancel(.init(at: calls.remove(at: index))) == true)
                }
            case .refused(let retryAt):
                #expect(retryAt > now && retryAt <= now + .seconds(86_400))
            }
            if Int.random(in: 0..<100, using: &generator) == 0 {
                let lead = calls.last.map { $0 > now } ?? false
                let wall = 1e9 + now / .seconds(1)
                let saved = limiter.snapshot(now: now, wall: wall)
                let twin = RateLimiter(
                    settings, restoring: saved, now: now + .seconds(500), wall: wall)
                let difference =
                    twin.next(now: now + .seconds(500)) - limiter.next(now: now) - .seconds(500)
                let small = difference > .milliseconds(-1) && difference < .milliseconds(1)
                #expect(lead || small)
            }
        }
        for (limit, period) in rules {
            guard let limit, calls.count > limit else { continue }
            for last in limit..<calls.count {
                #expect(calls[last] - calls[last - limit] >= period)
            }
        }
    }

    @Test(arguments: [(-1e9, 86_400), (0, 86_400), (400, 86_000), (1e6, 0)])
    func aDayGoesOnAcrossARestart(_ passed: Double, _ wait: Int) {
        let settings = RateLimiter.Settings(perDay: 2, maxWait: .seconds(100_000))
        var limiter = RateLimiter(settings)
        _ = limiter.reserve(now: .seconds(5))
        _ = limiter.reserve(now: .seconds(5))
        #expect(limiter.countWithinDay(now: .seconds(5)) == 2)
        let saved = limiter.snapshot(now: .seconds(5), wall: 1e9)
        let twin = RateLimiter(settings, restoring: saved, now: .zero, wall: 1e9 + passed)
        #expect(twin.next(now: .zero) == .seconds(wait))
    }

    @Test func damagedAgesAreTolerated() {
        let settings = RateLimiter.Settings(perMinute: 2)
        let saved = RateLimiter.Snapshot(savedAt: .nan, ages: [.nan, -5, .infinity, 1e300, 3])
        let limiter = RateLimiter(settings, restoring: saved, now: .zero, wall: 0)
        #expect(limiter.next(now: .zero) <= .seconds(60))
    }
}
