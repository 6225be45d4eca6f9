import Core
import Pipeline
import Resilience

/// The largest time that can be set for a provider: a year.
private let longest = 31_536_000.0
/// More than any number that makes sense; what is too large for its option is told apart later.
private let largest = 1_000_000_000

extension ObjectReader {
    fileprivate mutating func time(_ key: String, _ value: inout Duration) throws(JSONError) {
        if let field = try optional(key) { value = .seconds(try field.number(in: 0...longest)) }
    }

    fileprivate mutating func count(_ key: String, _ value: inout Int) throws(JSONError) {
        if let field = try optional(key) { value = try field.integer(in: 0...largest) }
    }

    fileprivate mutating func share(_ key: String, _ value: inout Double) throws(JSONError) {
        if let field = try optional(key) { value = try field.number(in: 0...1e9) }
    }

    /// The same for one that may be null: then there is none.
    fileprivate mutating func time(_ key: String, _ value: inout Duration?) throws(JSONError) {
        guard let field = nullable(key) else { return }
        value = field.value == .null ? nil : .seconds(try field.number(in: 0...longest))
    }

    fileprivate mutating func count(_ key: String, _ value: inout Int?) throws(JSONError) {
        guard let field = nullable(key) else { return }
        value = field.value == .null ? nil : try field.integer(in: 0...largest)
    }

    fileprivate mutating func share(_ key: String, _ value: inout Double?) throws(JSONError) {
        guard let field = nullable(key) else { return }
        value = field.value == .null ? nil : try field.number(in: 0...1e9)
    }

    fileprivate mutating func jitter(_ value: inout Jitter) throws(JSONError) {
        guard let field = try optional("jitter") else { return }
        if case .number = field.value {
            value = .proportional(try field.number(in: 0...1))
        } else {
            value = try field.choice(of: NamedJitter.self).jitter
        }
    }

    fileprivate mutating func pattern(
        _ key: String, _ value: inout FailurePattern
    ) throws(JSONError) {
        if let field = try optional(key) { value = try field.failurePattern() }
    }
}

/// The ways of chance that have names.
private enum NamedJitter: String, CaseIterable {
    case none, full, equal

    var jitter: Jitter {
        switch self {
        case .none: .none
        case .full: .full
        case .equal: .equal
        }
    }
}

extension JSONField {
    /// Throws the first thing that contradicts itself, where it is written.
    func refuse(_ problems: [SettingsProblem]) throws(JSONError) {
        guard let problem = problems.first else { return }
        var field = self
        for key in problem.path.split(separator: ".") {
            var node = field.node
            if case .object(let members) = field.value,
                let member = members.first(where: { $0.key == String(key) })
            {
                node = member.node
            }
            field = JSONField(node, path: field.path.appending(String(key)))
        }
        throw field.error(problem.reason)
    }

    /// Reads a section `retry`: what it does not say is as in `policy`, or in the preset it names.
    func retry(_ policy: RetryPolicy) throws(JSONError) -> Configuration.Retry {
        var reader = try object()
        var retry = Configuration.Retry(policy: policy)
        if let field = try reader.optional("preset") {
            retry.preset = try field.choice()
            retry.policy = retry.preset.policy
        }
        try reader.count("attempts", &retry.policy.attempts)
        try reader.time("max_elapsed", &retry.policy.maxElapsed)
        if let field = try reader.optional("strategy") {
            retry.policy.backoff.strategy = try field.choice()
        }
        try reader.time("first_delay", &retry.policy.backoff.initial)
        try reader.share("factor", &retry.policy.backoff.factor)
        try reader.time("longest_delay", &retry.policy.backoff.limit)
        try reader.jitter(&retry.policy.backoff.jitter)
        try reader.time("retry_after_limit", &retry.policy.retryAfterLimit)
        try reader.pattern("retry_on", &retry.policy.rules.retry)
        try reader.pattern("never_on", &retry.policy.rules.never)
        try reader.finish()
        try refuse(retry.policy.problems(at: ""))
        return retry
    }

    fileprivate func failurePattern() throws(JSONError) -> FailurePattern {
        var reader = try object()
        var pattern = FailurePattern()
        if let field = try reader.optional("kinds") {
            pattern.kinds = Set(
                try field.elements().map { (one) throws(JSONError) in try one.choice() })
        }
        if let field = try reader.optional("codes") {
            pattern.codes = Set(
                try field.elements(count: 0...1000).map { (one) throws(JSONError) in
                    try one.string(length: 1...100)
                })
        }
        func numbers(_ key: String) throws(JSONError) -> Set<Int> {
            guard let field = try reader.optional(key) else { return [] }
            return Set(
                try field.elements(count: 0...1000).map { (one) throws(JSONError) in
                    try one.integer()
                })
        }
        pattern.exitStatuses = try numbers("exit_statuses")
        pattern.httpStatuses = try numbers("http_statuses")
        pattern.signals = try numbers("signals")
        try reader.finish()
        try refuse(pattern.problems(at: ""))
        return pattern
    }

    /// Reads a section `breaker`: what it does not say is as in `breaker`.
    func breaker(_ breaker: Configuration.Breaker) throws(JSONError) -> Configuration.Breaker {
        var reader = try object()
        var result = breaker
        try reader.count("failures", &result.settings.consecutiveFailures)
        if let field = reader.nullable("quota") {
            result.settings.quota = field.value == .null ? nil : try field.quota()
        }
        try reader.share("failure_rate", &result.settings.failureRate)
        try reader.share("slow_rate", &result.settings.slowRate)
        try reader.time("slow_after", &result.settings.slowAfter)
        try reader.count("minimum_calls", &result.settings.minimumCalls)
        try window(&reader, &result.settings.window)
        try reader.time("wait", &result.settings.openFor)
        try reader.share("wait_factor", &result.settings.openGrowth)
        try reader.time("longest_wait", &result.settings.openLimit)
        try reader.jitter(&result.settings.jitter)
        try reader.count("probes", &result.settings.probes)
        try reader.count("successes", &result.settings.successes)
        try reader.time("probe_limit", &result.settings.probeLimit)
        try reader.time("half_open_limit", &result.settings.halfOpenLimit)
        if let field = try reader.optional("count_on") {
            result.counted = try field.failurePattern()
            if result.counted.kinds.contains(.permanent) {
                throw field.error(
                    "must not have the kind permanent: that is the job's own fault",
                    hint: "Name the exit statuses that are the provider's")
            }
        }
        try reader.finish()
        try refuse(result.settings.problems(at: ""))
        return result
    }

    /// One of two says what the rates are about; saying one takes back the other.
    private func window(
        _ reader: inout ObjectReader, _ window: inout BreakerSettings.Window
    ) throws(JSONError) {
        var span: Duration?
        var calls: Int?
        try reader.time("window", &span)
        try reader.count("window_calls", &calls)
        if span != nil, calls != nil {
            throw error("window and window_calls cannot both be set", hint: "Leave one out")
        }
        if let span { window = .time(span) }
        if let calls { window = .calls(calls) }
    }

    private func quota() throws(JSONError) -> BreakerSettings.Quota {
        var reader = try object()
        let failures = try reader.required("failures").integer(in: 0...largest)
        let of = try reader.required("of").integer(in: 0...largest)
        try reader.finish()
        return BreakerSettings.Quota(failures: failures, of: of)
    }

    /// Reads a provider's section: what it does not say is as in `general`.
    func provider(_ general: ProviderPolicy) throws(JSONError) -> ProviderPolicy {
        var reader = try object()
        var policy = general
        try reader.time("timeout", &policy.attemptTimeout)
        try reader.count("parallel", &policy.bulkhead.limit)
        try reader.count("queue", &policy.bulkhead.queue)
        if let field = try reader.optional("rate") {
            var rate = try field.object()
            try rate.count("per_second", &policy.rate.perSecond)
            try rate.count("per_minute", &policy.rate.perMinute)
            try rate.count("per_day", &policy.rate.perDay)
            try rate.time("max_wait", &policy.rate.maxWait)
            try rate.finish()
        }
        if let field = try reader.optional("budget") {
            var budget = try field.object()
            try budget.share("ratio", &policy.budget.ratio)
            try budget.share("minimum_per_second", &policy.budget.minimumPerSecond)
            try budget.share("capacity", &policy.budget.capacity)
            try budget.finish()
        }
        if let field = try reader.optional("hedge") {
            var hedge = try field.object()
            try hedge.count("extra", &policy.hedge.extra)
            try hedge.time("delay", &policy.hedge.delay)
            try hedge.finish()
        }
        if let field = try reader.optional("retry") {
            policy.retry = try field.retry(general.retry).policy
        }
        if let field = try reader.optional("breaker") {
            let breaker = try field.breaker(
                Configuration.Breaker(settings: general.breaker, counted: general.counted))
            (policy.breaker, policy.counted) = (breaker.settings, breaker.counted)
        }
        try reader.finish()
        try refuse(policy.problems(at: ""))
        return policy
    }
}
