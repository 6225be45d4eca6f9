import Resilience
import Testing

@Suite struct RetryRulesTests {
    @Test(arguments: FailureKind.allCases)
    func goesByTheKindUnlessTold(_ kind: FailureKind) {
        let allowed = RetryRules().allow(FailureTraits(kind))
        #expect(allowed == (kind == .transient))
    }

    /// One failure that has everything, and a pattern for each.
    private static let failure = FailureTraits(
        .permanent, code: "busy", exitStatus: 75, httpStatus: 503, signal: 9)
    private static let patterns = [
        FailurePattern(kinds: [.permanent]), FailurePattern(codes: ["busy"]),
        FailurePattern(exitStatuses: [75]), FailurePattern(httpStatuses: [503]),
        FailurePattern(signals: [9]),
    ]

    @Test(arguments: patterns) func aPatternIsEnoughToTryAgain(_ pattern: FailurePattern) {
        #expect(RetryRules(retry: pattern).allow(Self.failure))
        #expect(!RetryRules(retry: pattern).allow(FailureTraits(.transient, code: "other")))
        #expect(!RetryRules(retry: FailurePattern()).allow(Self.failure))
    }

    @Test(arguments: patterns, patterns)
    func whatIsNeverRetriedTakesPrecedence(_ retry: FailurePattern, _ never: FailurePattern) {
        #expect(!RetryRules(retry: retry, never: never).allow(Self.failure))
    }

    @Test func whatWasCancelledDidNotFail() {
        let all = FailurePattern(kinds: Set(FailureKind.allCases))
        #expect(!RetryRules(retry: all).allow(FailureTraits(.cancelled)))
    }

    @Test func thePolicyAsksThem() {
        let decision = RetryPreset.standard.policy.decide(
            made: 1, failure: FailureTraits(.permanent), random: 0)
        #expect(decision == .giveUp(.notRetryable))
    }
}
