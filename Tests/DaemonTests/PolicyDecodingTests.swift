import Core
import Testing

@testable import Daemon

/// What contradicts itself in the sections about calls is refused, with its place and the reason.
@Suite struct PolicyDecodingTests {
    private func fault(_ text: String) -> JSONError? {
        do throws(JSONError) { _ = try Configuration(decoding: Array(text.utf8)) } catch {
            return error
        }
        return nil
    }

    private static let faults = [
        // path, text, a part of the reason
        ("$.retry.attempts", "{retry: {attempts: 0}}", "at least 1"),
        ("$.retry.attempts", "{retry: {attempts: -1}}", "an integer"),
        ("$.retry.preset", "{retry: {preset: 'slow'}}", "one of fast"),
        ("$.retry.preset", "{retry: {preset: 'standart'}}", "did you mean 'standard'"),
        ("$.retry.strategy", "{retry: {strategy: 'random'}}", "one of exponential"),
        ("$.retry.jitter", "{retry: {jitter: 'some'}}", "one of none"),
        ("$.retry.jitter", "{retry: {jitter: 1.5}}", "from 0 to 1"),
        ("$.retry.factor", "{retry: {factor: 0.5}}", "at least 1"),
        ("$.retry.max_elapsed", "{retry: {max_elapsed: 0}}", "above 0"),
        ("$.retry.first_delay", "{retry: {first_delay: '1'}}", "a number"),
        ("$.retry.longest_delay", "{retry: {first_delay: 9, longest_delay: 3}}", "first_delay"),
        ("$.retry.longest_delay", "{retry: {first_delay: 99}}", "first_delay"),
        ("$.retry.longest_delay", "{retry: {longest_delay: 1e99}}", "a number"),
        ("$.retry.retry_on.kinds[0]", "{retry: {retry_on: {kinds: ['sad']}}}", "one of transient"),
        (
            "$.retry.retry_on.exit_statuses", "{retry: {retry_on: {exit_statuses: [0]}}}",
            "from 1 to 255"
        ),
        ("$.retry.never_on.signals", "{retry: {never_on: {signals: [65]}}}", "from 1 to 64"),
        ("$.retry.never_on.codes[0]", "{retry: {never_on: {codes: ['']}}}", "characters"),
        ("$.retry.often", "{retry: {often: true}}", "unknown field"),
        ("$.breaker.failures", "{breaker: {failures: 0}}", "at least 1"),
        ("$.breaker.failure_rate", "{breaker: {failure_rate: 0}}", "above 0"),
        ("$.breaker.failure_rate", "{breaker: {failure_rate: 1.01}}", "at most 1"),
        ("$.breaker.slow_rate", "{breaker: {slow_rate: 0}}", "above 0"),
        ("$.breaker.minimum_calls", "{breaker: {minimum_calls: 0}}", "at least 1"),
        ("$.breaker.window", "{breaker: {window: 0.5}}", "from 1 second"),
        ("$.breaker.window_calls", "{breaker: {window_calls: 9}}", "minimum_calls"),
        (
            "$.breaker.window_calls", "{breaker: {window_calls: 50, minimum_calls: 51}}",
            "minimum_calls"
        ),
        ("$.breaker", "{breaker: {window: 60, window_calls: 50}}", "cannot both"),
        ("$.breaker.quota.failures", "{breaker: {quota: {failures: 4, of: 3}}}", "quota.of"),
        ("$.breaker.quota.of", "{breaker: {quota: {failures: 4, of: 65}}}", "from 1 to 64"),
        ("$.breaker.quota", "{breaker: {quota: {failures: 4}}}", "'of' is missing"),
        ("$.breaker.wait", "{breaker: {wait: -1}}", "a number"),
        ("$.breaker.longest_wait", "{breaker: {wait: 4000}}", "wait"),
        ("$.breaker.wait_factor", "{breaker: {wait_factor: 0}}", "at least 1"),
        ("$.breaker.probes", "{breaker: {probes: 0}}", "from 1 to 1000"),
        ("$.breaker.successes", "{breaker: {successes: 0}}", "at least 1"),
        ("$.breaker.half_open_limit", "{breaker: {half_open_limit: 0}}", "above 0"),
        ("$.breaker.failures", "{breaker: {failures: null, failure_rate: null}}", "every other"),
        ("$.breaker.count_on", "{breaker: {count_on: {kinds: ['permanent']}}}", "own fault"),
        ("$.breaker.count_on.signals", "{breaker: {count_on: {signals: [0]}}}", "from 1 to 64"),
        ("$.providers.ambiant", "{providers: {ambiant: {}}}", "did you mean 'ambient'"),
        ("$.providers.nobody", "{providers: {nobody: {}}}", "no step has"),
        (provider("parallel"), "{providers: {ambient: {parallel: 0}}}", "at least 1"),
        (provider("queue"), "{providers: {ambient: {queue: 100001}}}", "100000"),
        (provider("timeout"), "{providers: {ambient: {timeout: 0}}}", "above 0"),
        (
            provider("breaker.probe_limit"), "{providers: {ambient: {timeout: 8000}}}",
            "above timeout"
        ),
        (provider("rate.per_second"), "{providers: {ambient: {rate: {per_second: 0}}}}", "from 1"),
        (
            provider("rate.per_minute"),
            "{providers: {ambient: {rate: {per_second: 9, per_minute: 8}}}}", "below per_second"
        ),
        (provider("budget.ratio"), "{providers: {ambient: {budget: {ratio: 2}}}}", "from 0 to 1"),
        (provider("hedge.extra"), "{providers: {ambient: {hedge: {extra: 11}}}}", "from 0 to 10"),
        (
            provider("hedge.extra"), "{providers: {ambient: {parallel: 1, hedge: {extra: 1}}}}",
            "parallel"
        ),
        (
            provider("hedge.delay"), "{providers: {ambient: {timeout: 9, hedge: {extra: 1}}}}",
            "below timeout"
        ),
        (provider("retry.attempts"), "{providers: {ambient: {retry: {attempts: 0}}}}", "at least"),
        (
            provider("breaker.window_calls"),
            "{providers: {ambient: {breaker: {window_calls: 5}}}}", "minimum_calls"
        ),
        (provider("rate"), "{providers: {ambient: {rate: null}}}", "must not be null"),
        (step(".providers"), steps("providers: []"), "at least 1 element|1 to 16 elements"),
        (
            step(".providers[1].name"),
            steps("providers: [{name: 'a', command: ['x']}, {name: 'a', command: ['y']}]"),
            "after itself"
        ),
        (step(".providers[0]"), steps("providers: [{name: 'a'}]"), "'command' is missing"),
        (step(".providers[0].name"), steps("providers: [{name: 'a/b', command: ['x']}]"), "name"),
        (step(".providers[0]"), steps("providers: ['primary']"), "an object"),
        (
            step(".command"), steps("command: ['x'], providers: [{name: 'a', command: ['x']}]"),
            "providers already"
        ),
        (step(""), steps("timeout: 1"), "needs a command"),
        (step(".retry.attempts"), steps("command: ['x'], retry: {attempts: 0}"), "at least 1"),
        (step(".step_timeout"), steps("command: ['x'], step_timeout: 0"), "a number"),
    ]

    private static func provider(_ path: String) -> String { "$.providers.ambient.\(path)" }
    private static func step(_ path: String) -> String { "$.pipelines.own.steps[0]\(path)" }
    private static func steps(_ fields: String) -> String {
        "{pipelines: {own: {steps: [{name: 'one', \(fields)}]}}}"
    }

    @Test(arguments: faults.indices) func whatContradictsItselfIsRefused(_ index: Int) throws {
        let (path, text, reason) = Self.faults[index]
        let error = try #require(fault(text), "it was taken: \(text)")
        #expect(error.path == path, "\(error)")
        let isSaid = reason.split(separator: "|").contains { error.description.contains($0) }
        #expect(isSaid, "\(error)")
        #expect(error.description.contains("line 1, column"))
    }

    /// What a provider leaves out is as for all, and a preset gives all of `retry`.
    @Test func theMoreSpecificGoesFirst() throws {
        let text = """
            {
              retry: { attempts: 9, first_delay: 2 }, breaker: { failures: 8, wait: 5 },
              providers: {
                ambient: { retry: { attempts: 4 }, breaker: { wait: 6 } },
                flite: { retry: { preset: "fast", attempts: 2 } },
              },
            }
            """
        let policies = try Configuration(decoding: Array(text.utf8)).policies
        let (ambient, flite) = (policies.policy(for: "ambient"), policies.policy(for: "flite"))
        #expect(ambient.retry.attempts == 4 && ambient.retry.backoff.initial == .seconds(2))
        #expect(ambient.breaker.consecutiveFailures == 8 && ambient.breaker.openFor == .seconds(6))
        #expect(flite.retry.attempts == 2 && flite.retry.backoff.strategy == .fixed)
        #expect(flite.breaker.openFor == .seconds(5))
        #expect(policies.policy(for: "timeline").retry.attempts == 9)
    }
}
