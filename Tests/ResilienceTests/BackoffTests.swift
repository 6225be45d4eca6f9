import Resilience
import TestSupport
import Testing

@Suite struct BackoffTests {
    private let backoff = Backoff(initial: .milliseconds(100), factor: 2, limit: .seconds(1))

    @Test(arguments: [
        (-1, 100), (0, 100), (1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (6, 1000),
        (10_000, 1000), (Int.max, 1000),
    ])
    func growsUpToItsLimit(_ retry: Int, _ milliseconds: Int) {
        #expect(backoff.delay(before: retry, random: 1) == .milliseconds(milliseconds))
        #expect(backoff.delay(before: retry, random: 0) == .zero)
    }

    @Test(arguments: [0.5, 1, 1.000001, 2, 10, 1e300, .infinity], [1, 2, 100, 10_000, Int.max])
    func staysWithinRangeWhateverTheFactor(_ factor: Double, _ retry: Int) {
        let longest = Backoff(
            initial: .nanoseconds(1), factor: factor, limit: .seconds(Int64.max))
        let delay = longest.delay(before: retry, random: 1)
        #expect(delay >= .zero && delay <= .seconds(Int64.max))
    }

    @Test func needsNoSense() {
        let none = Backoff(initial: .zero, limit: .seconds(1))
        #expect(none.delay(before: 10_000, random: 1) == .zero)
        let capped = Backoff(initial: .seconds(5), limit: .seconds(1))
        #expect(capped.delay(before: 1, random: 1) == .seconds(1))
        let nothing = Backoff(initial: .zero, limit: .zero)
        #expect(nothing.delay(before: 3, random: 0.5) == .zero)
    }

    @Test func spreadsOverAllThatIsAllowed() {
        var generator = SeededGenerator(seed: 1)
        let delays = (0..<1000).map { _ in
            backoff.delay(before: 4, random: .random(in: 0..<1, using: &generator))
        }
        #expect(delays.allSatisfy { $0 >= .zero && $0 < .milliseconds(800) })
        let mean = delays.reduce(.zero, +) / 1000
        #expect(mean > .milliseconds(370) && mean < .milliseconds(430))
    }

    @Test(arguments: [
        (Backoff.Strategy.exponential, [1, 2, 4, 8, 16, 20, 20]),
        (.linear, [1, 2, 3, 4, 5, 6, 7]), (.fibonacci, [1, 1, 2, 3, 5, 8, 13, 20]),
        (.fixed, [1, 1, 1, 1]),
    ])
    func growsByItsStrategy(_ strategy: Backoff.Strategy, _ seconds: [Int]) {
        let backoff = Backoff(strategy, initial: .seconds(1), limit: .seconds(20), jitter: .none)
        let delays = seconds.indices.map { backoff.delay(before: $0 + 1, random: 0.3) }
        #expect(delays == seconds.map { .seconds($0) })
    }

    @Test(arguments: [(nil, 1, 3), (1, 1, 3), (5, 1, 15), (50, 1, 100), (0, 1, 3)])
    func wandersBetweenTheFirstAndThriceTheLast(_ previous: Int?, _ low: Int, _ high: Int) {
        let backoff = Backoff(.decorrelated, initial: .seconds(1), limit: .seconds(100))
        let before = previous.map { Duration.seconds($0) }
        #expect(backoff.delay(before: 2, previous: before, random: 0) == .seconds(low))
        #expect(backoff.delay(before: 2, previous: before, random: 1) == .seconds(high))
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func staysWithinItsBounds(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let jitters: [Jitter] = [.none, .full, .equal, .proportional(0.9)]
        let backoff = Backoff(
            try #require(Backoff.Strategy.allCases.randomElement(using: &generator)),
            initial: .milliseconds(Int.random(in: 0...5000, using: &generator)),
            factor: .random(in: 1...10, using: &generator),
            limit: .milliseconds(Int.random(in: 0...50_000, using: &generator)),
            jitter: try #require(jitters.randomElement(using: &generator)))
        var previous: Duration?
        for retry in 1..<300 {
            let delay = backoff.delay(
                before: retry, previous: previous, random: .random(in: 0..<1, using: &generator))
            #expect(delay >= .zero && delay <= backoff.limit)
            previous = delay
        }
    }
}
