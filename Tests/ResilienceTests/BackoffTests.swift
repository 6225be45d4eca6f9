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
}
