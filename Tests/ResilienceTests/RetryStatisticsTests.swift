import Resilience
import Testing

@Suite struct RetryStatisticsTests {
    @Test func countsAndAddsUp() {
        var one = RetryStatistics()
        one.attempts = 3
        one.successes = 1
        one.note(.retry(after: .milliseconds(1500)))
        one.note(.retry(after: .seconds(1)))
        one.note(.giveUp(.attempts))
        var both = one
        both += one
        #expect(one.retries == 2 && one.exhausted == 1 && one.secondsWaited == 2.5)
        #expect(both.attempts == 6 && both.successes == 2 && both.retries == 4)
        #expect(both.exhausted == 2 && both.secondsWaited == 5)
    }
}
