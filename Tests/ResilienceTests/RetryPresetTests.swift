import Resilience
import TestSupport
import Testing

@Suite struct RetryPresetTests {
    @Test func haveTheirNames() {
        #expect(
            RetryPreset.allCases.map(\.rawValue)
                == ["fast", "standard", "aggressive", "rate_limited", "network"])
        #expect(RetryPreset(rawValue: "quick") == nil)
    }

    @Test(arguments: RetryPreset.allCases)
    func contradictNothingAndEnd(_ preset: RetryPreset) {
        let policy = preset.policy
        #expect(policy.problems(at: "retry").isEmpty)
        var generator = SeededGenerator(seed: 7)
        var (made, elapsed) = (1, Duration.zero)
        var previous: Duration?
        while case .retry(let delay) = policy.decide(
            made: made, elapsed: elapsed, failure: FailureTraits(.transient), previous: previous,
            random: .random(in: 0..<1, using: &generator))
        {
            #expect(delay >= .zero && delay <= policy.backoff.limit)
            made += 1
            elapsed += delay
            previous = delay
        }
        #expect(made == policy.attempts)
        #expect(elapsed <= policy.maxElapsed ?? .seconds(3600))
    }
}
