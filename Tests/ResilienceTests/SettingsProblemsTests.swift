import Resilience
import Testing

@Suite struct SettingsProblemsTests {
    @Test func theDefaultsContradictNothing() {
        #expect(ProviderPolicy().problems(at: "").isEmpty)
    }

    private typealias Change = @Sendable (inout ProviderPolicy) -> Void

    private static let changes: [(String, Change)] = [
        ("retry.attempts", { $0.retry.attempts = 0 }),
        ("retry.max_elapsed", { $0.retry.maxElapsed = .zero }),
        ("retry.retry_after_limit", { $0.retry.retryAfterLimit = .seconds(-1) }),
        ("retry.first_delay", { $0.retry.backoff.initial = .seconds(-1) }),
        ("retry.longest_delay", { $0.retry.backoff.limit = .zero }),
        ("retry.factor", { $0.retry.backoff.factor = 0.9 }),
        ("retry.factor", { $0.retry.backoff.factor = .nan }),
        ("retry.jitter", { $0.retry.backoff.jitter = .proportional(1.1) }),
        ("retry.retry_on.exit_statuses", { $0.retry.rules.retry.exitStatuses = [0] }),
        ("retry.never_on.http_statuses", { $0.retry.rules.never.httpStatuses = [600] }),
        ("retry.never_on.signals", { $0.retry.rules.never.signals = [65] }),
        ("retry.retry_on.codes", { $0.retry.rules.retry.codes = [""] }),
        ("budget.ratio", { $0.budget.ratio = 1.5 }),
        ("budget.ratio", { $0.budget.ratio = .nan }),
        ("budget.minimum_per_second", { $0.budget.minimumPerSecond = -1 }),
        ("budget.capacity", { $0.budget.capacity = 0 }),
        ("parallel", { $0.bulkhead.limit = 0 }), ("queue", { $0.bulkhead.queue = -1 }),
        ("rate.per_second", { $0.rate.perSecond = 0 }),
        ("rate.per_minute", { $0.rate.perMinute = 100_001 }),
        ("rate.per_day", { $0.rate.perDay = 0 }),
        ("rate.max_wait", { $0.rate.maxWait = .seconds(-1) }),
        (
            "rate.per_minute",
            {
                $0.rate.perSecond = 10
                $0.rate.perMinute = 5
            }
        ),
        (
            "rate.per_day",
            {
                $0.rate.perMinute = 10
                $0.rate.perDay = 5
            }
        ),
        ("hedge.extra", { $0.hedge.extra = -1 }),
        ("hedge.delay", { $0.hedge = .init(delay: .zero, extra: 1) }),
        (
            "hedge.extra",
            {
                $0.hedge.extra = 1
                $0.bulkhead.limit = 1
            }
        ),
        (
            "hedge.delay",
            {
                $0.hedge = .init(delay: .seconds(10), extra: 1)
                $0.attemptTimeout = .seconds(10)
            }
        ),
        ("timeout", { $0.attemptTimeout = .zero }),
        ("breaker.probe_limit", { $0.attemptTimeout = .seconds(7200) }),
        ("breaker.probe_limit", { $0.breaker.probeLimit = .zero }),
        ("breaker.failures", { $0.breaker.consecutiveFailures = 0 }),
        ("breaker.failure_rate", { $0.breaker.failureRate = 0 }),
        ("breaker.slow_rate", { $0.breaker.slowRate = 1.01 }),
        ("breaker.slow_after", { $0.breaker.slowAfter = .zero }),
        ("breaker.minimum_calls", { $0.breaker.minimumCalls = 0 }),
        ("breaker.quota.of", { $0.breaker.quota = .init(failures: 3, of: 65) }),
        ("breaker.quota.failures", { $0.breaker.quota = .init(failures: 4, of: 3) }),
        ("breaker.window", { $0.breaker.window = .time(.zero) }),
        ("breaker.window_calls", { $0.breaker.window = .calls(9) }),
        ("breaker.window_calls", { $0.breaker.window = .calls(100_001) }),
        ("breaker.wait", { $0.breaker.openFor = .seconds(-1) }),
        ("breaker.wait_factor", { $0.breaker.openGrowth = 0.5 }),
        ("breaker.longest_wait", { $0.breaker.openLimit = .seconds(59) }),
        ("breaker.jitter", { $0.breaker.jitter = .proportional(-1) }),
        ("breaker.probes", { $0.breaker.probes = 0 }),
        ("breaker.successes", { $0.breaker.successes = 0 }),
        ("breaker.half_open_limit", { $0.breaker.halfOpenLimit = .zero }),
        (
            "breaker.failures",
            {
                $0.breaker.consecutiveFailures = nil
                $0.breaker.failureRate = nil
            }
        ),
    ]

    @Test(arguments: changes.indices) func eachIsFoundAtItsPlace(_ index: Int) {
        let (field, change) = Self.changes[index]
        var policy = ProviderPolicy()
        change(&policy)
        let problems = policy.problems(at: "providers.tts")
        #expect(problems.map(\.path) == ["providers.tts.\(field)"])
        #expect(problems.allSatisfy { !$0.reason.isEmpty && !$0.reason.hasSuffix(".") })
    }
}
