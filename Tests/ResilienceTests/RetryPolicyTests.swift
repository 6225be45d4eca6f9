import Resilience
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(
        attempts: 3, backoff: Backoff(initial: .seconds(1), limit: .seconds(10)))

    @Test(arguments: [(1, 1), (2, 2), (3, nil), (4, nil)])
    func givesUpAfterItsAttempts(_ made: Int, _ seconds: Int?) {
        let delay = policy.delay(afterAttempts: made, retryAfter: nil, random: 1)
        #expect(delay == seconds.map { .seconds($0) })
    }

    @Test func waitsAsLongAsItWasAsked() {
        let asked = policy.delay(afterAttempts: 1, retryAfter: .seconds(500), random: 1)
        #expect(asked == .seconds(500))
        let longer = policy.delay(afterAttempts: 2, retryAfter: .milliseconds(1), random: 1)
        #expect(longer == .seconds(2))
        #expect(policy.delay(afterAttempts: 3, retryAfter: .seconds(1), random: 1) == nil)
    }

    @Test(arguments: [-1, 0, 1]) func aSingleAttemptIsNeverRepeated(_ attempts: Int) {
        let once = RetryPolicy(attempts: attempts, backoff: policy.backoff)
        #expect(once.delay(afterAttempts: 1, retryAfter: .seconds(1), random: 0.5) == nil)
    }
}
