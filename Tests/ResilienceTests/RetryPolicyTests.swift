import Resilience
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(
        attempts: 3, maxElapsed: .seconds(100),
        backoff: Backoff(initial: .seconds(1), limit: .seconds(10)),
        retryAfterLimit: .seconds(60))
    private let failure = FailureTraits(.transient)

    @Test(arguments: [(1, 1), (2, 2), (3, nil), (4, nil), (Int.max, nil)])
    func givesUpAfterItsAttempts(_ made: Int, _ seconds: Int?) {
        let decision = policy.decide(made: made, failure: failure, random: 1)
        #expect(
            decision == seconds.map { .retry(after: .seconds($0)) } ?? .giveUp(.attempts))
    }

    @Test(arguments: [(-5, true), (0, true), (98, true), (99, true), (100, false), (1000, false)])
    func beginsNoAttemptAfterItsTime(_ elapsed: Int, _ again: Bool) {
        let decision = policy.decide(
            made: 1, elapsed: .seconds(elapsed), failure: failure, random: 1)
        #expect(decision == (again ? .retry(after: .seconds(1)) : .giveUp(.elapsed)))
    }

    @Test(arguments: [(0.001, 2.0), (30, 30), (60, 60), (500, 60), (1e15, 60)])
    func waitsAsLongAsItWasAskedWithinALimit(_ asked: Double, _ seconds: Double) {
        var failure = failure
        failure.retryAfter = .seconds(asked)
        let decision = policy.decide(made: 2, failure: failure, random: 1)
        #expect(decision == .retry(after: .seconds(seconds)))
        #expect(policy.decide(made: 3, failure: failure, random: 1) == .giveUp(.attempts))
    }

    @Test(arguments: [-1, 0, 1]) func aSingleAttemptIsNeverRepeated(_ attempts: Int) {
        let once = RetryPolicy(attempts: attempts, backoff: policy.backoff)
        #expect(once.decide(made: 1, failure: failure, random: 0.5) == .giveUp(.attempts))
    }

    @Test func handsThePreviousDelayOn() {
        let wandering = RetryPolicy(
            attempts: 9, backoff: Backoff(.decorrelated, initial: .seconds(1), limit: .seconds(99)))
        let decision = wandering.decide(
            made: 3, failure: failure, previous: .seconds(5), random: 1)
        #expect(decision == .retry(after: .seconds(15)))
    }
}
