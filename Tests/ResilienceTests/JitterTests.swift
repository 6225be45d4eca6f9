import Resilience
import Testing

@Suite struct JitterTests {
    @Test(arguments: [
        (Jitter.none, 100, 100, 100), (.full, 0, 50, 100), (.equal, 50, 75, 100),
        (.proportional(0.2), 80, 100, 120), (.proportional(0), 100, 100, 100),
        (.proportional(7), 0, 100, 200), (.proportional(-1), 100, 100, 100),
    ])
    func spreadsOverItsRange(_ jitter: Jitter, _ low: Int, _ middle: Int, _ high: Int) {
        let backoff = Backoff(
            .fixed, initial: .milliseconds(100), limit: .seconds(1), jitter: jitter)
        for (random, expected) in [(0.0, low), (0.5, middle), (1, high), (.nan, middle)] {
            let delay = backoff.delay(before: 1, random: random)
            let difference = delay - .milliseconds(expected)
            #expect(difference > .microseconds(-1) && difference < .microseconds(1))
        }
    }

    @Test func neverLiftsADelayOverTheLimit() {
        let backoff = Backoff(
            .fixed, initial: .seconds(1), limit: .seconds(1), jitter: .proportional(0.5))
        #expect(backoff.delay(before: 1, random: 1) == .seconds(1))
        #expect(backoff.delay(before: 1, random: 0) == .milliseconds(500))
    }
}
