import Pipeline
import Resilience

// Policies as the configuration has them, so that what is in effect can be read again.

/// A key of the configuration.
private struct Key: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringLiteral value: String) { stringValue = value }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

private typealias Fields = KeyedEncodingContainer<Key>

extension Fields {
    fileprivate mutating func put(_ key: Key, _ duration: Duration) throws {
        try encode(duration / .seconds(1), forKey: key)
    }

    /// Null says that there is none.
    fileprivate mutating func put(_ key: Key, _ duration: Duration?) throws {
        try put(key, value: duration.map { $0 / .seconds(1) })
    }

    fileprivate mutating func put(_ key: Key, value: (some Encodable)?) throws {
        if let value { try encode(value, forKey: key) } else { try encodeNil(forKey: key) }
    }
}

extension Configuration.Retry: Encodable {
    /// Writes the section.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(preset.rawValue, forKey: "preset")
        try policy.encode(to: encoder)
    }
}

extension RetryPolicy: Encodable {
    /// Writes a section `retry`.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(attempts, forKey: "attempts")
        try fields.put("max_elapsed", maxElapsed)
        try fields.encode(backoff.strategy.rawValue, forKey: "strategy")
        try fields.put("first_delay", backoff.initial)
        try fields.encode(backoff.factor, forKey: "factor")
        try fields.put("longest_delay", backoff.limit)
        try fields.encode(backoff.jitter, forKey: "jitter")
        try fields.put("retry_after_limit", retryAfterLimit)
        try fields.encode(rules.retry, forKey: "retry_on")
        try fields.encode(rules.never, forKey: "never_on")
    }
}

extension FailurePattern: Encodable {
    /// Writes a list of failures.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(kinds.map(\.rawValue).sorted(), forKey: "kinds")
        try fields.encode(codes.sorted(), forKey: "codes")
        try fields.encode(exitStatuses.sorted(), forKey: "exit_statuses")
        try fields.encode(httpStatuses.sorted(), forKey: "http_statuses")
        try fields.encode(signals.sorted(), forKey: "signals")
    }
}

extension Jitter: Encodable {
    /// Writes its name, or its share.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .none: try value.encode("none")
        case .full: try value.encode("full")
        case .equal: try value.encode("equal")
        case .proportional(let share): try value.encode(share)
        }
    }
}

extension Configuration.Breaker: Encodable {
    /// Writes a section `breaker`.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.put("failures", value: settings.consecutiveFailures)
        if let quota = settings.quota {
            var parts = fields.nestedContainer(keyedBy: Key.self, forKey: "quota")
            try parts.encode(quota.failures, forKey: "failures")
            try parts.encode(quota.of, forKey: "of")
        } else {
            try fields.encodeNil(forKey: "quota")
        }
        try fields.put("failure_rate", value: settings.failureRate)
        try fields.put("slow_rate", value: settings.slowRate)
        try fields.put("slow_after", settings.slowAfter)
        try fields.encode(settings.minimumCalls, forKey: "minimum_calls")
        switch settings.window {
        case .time(let span):
            try fields.put("window", span)
            try fields.encodeNil(forKey: "window_calls")
        case .calls(let number):
            try fields.encodeNil(forKey: "window")
            try fields.encode(number, forKey: "window_calls")
        }
        try fields.put("wait", settings.openFor)
        try fields.encode(settings.openGrowth, forKey: "wait_factor")
        try fields.put("longest_wait", settings.openLimit)
        try fields.encode(settings.jitter, forKey: "jitter")
        try fields.encode(settings.probes, forKey: "probes")
        try fields.encode(settings.successes, forKey: "successes")
        try fields.put("probe_limit", settings.probeLimit)
        try fields.put("half_open_limit", settings.halfOpenLimit)
        try fields.encode(counted, forKey: "count_on")
    }
}

extension ProviderPolicy: Encodable {
    /// Writes a provider's section.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.put("timeout", attemptTimeout)
        try fields.put("parallel", value: bulkhead.limit)
        try fields.encode(bulkhead.queue, forKey: "queue")
        var parts = fields.nestedContainer(keyedBy: Key.self, forKey: "rate")
        try parts.put("per_second", value: rate.perSecond)
        try parts.put("per_minute", value: rate.perMinute)
        try parts.put("per_day", value: rate.perDay)
        try parts.put("max_wait", rate.maxWait)
        parts = fields.nestedContainer(keyedBy: Key.self, forKey: "budget")
        try parts.encode(budget.ratio, forKey: "ratio")
        try parts.encode(budget.minimumPerSecond, forKey: "minimum_per_second")
        try parts.encode(budget.capacity, forKey: "capacity")
        parts = fields.nestedContainer(keyedBy: Key.self, forKey: "hedge")
        try parts.encode(hedge.extra, forKey: "extra")
        try parts.put("delay", hedge.delay)
        try fields.encode(retry, forKey: "retry")
        try fields.encode(
            Configuration.Breaker(settings: breaker, counted: counted), forKey: "breaker")
    }
}

extension CommandPipeline: Encodable {
    /// Writes a pipeline.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        if isAfterVideo { try fields.encode("video", forKey: "after") }
        try fields.encode(steps, forKey: "steps")
    }
}

extension Hooks: Encodable {
    /// Writes a section `on`.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(done, forKey: "done")
        try fields.encode(failed, forKey: "failed")
        try fields.encode(rejected, forKey: "rejected")
        try fields.encode(patience, forKey: "patience")
    }
}

extension CommandPipeline.Step: Encodable {
    /// Writes a step.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(name, forKey: "name")
        if let only = providers.first, providers.count == 1, only.name == nil {
            try fields.encode(only.command, forKey: "command")
        } else {
            try fields.encode(providers, forKey: "providers")
        }
        try fields.encodeIfPresent(needs, forKey: "needs")
        try fields.encode(timeout, forKey: "timeout")
        try fields.encodeIfPresent(stepTimeout, forKey: "step_timeout")
        try fields.encodeIfPresent(retry, forKey: "retry")
        if !credentials.isEmpty { try fields.encode(credentials, forKey: "credentials") }
    }
}

extension ToolEnvironment: Encodable {
    /// Writes a section `environment`: null for what is passed on.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        // As a dictionary: keys of other kinds would be put into snake_case.
        try container.encode(
            variables.mapValues { value -> String? in
                if case .text(let text) = value { text } else { nil }
            })
    }
}

extension CommandPipeline.Provider: Encodable {
    /// Writes a step's provider.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encodeIfPresent(name, forKey: "name")
        try fields.encode(command, forKey: "command")
    }
}
