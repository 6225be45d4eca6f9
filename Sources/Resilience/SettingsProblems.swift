// What can be wrong with settings. The fields have the names of the configuration.

extension RetryPolicy {
    /// What contradicts itself, for the field at this path.
    public func problems(at path: String) -> [SettingsProblem] {
        var check = SettingsCheck(path)
        check.expect(attempts >= 1, "attempts", "must be at least 1")
        check.expect(maxElapsed.map { $0 > .zero } ?? true, "max_elapsed", "must be above 0")
        check.expect(retryAfterLimit >= .zero, "retry_after_limit", "must not be negative")
        check.expect(backoff.initial >= .zero, "first_delay", "must not be negative")
        check.expect(
            backoff.limit >= backoff.initial, "longest_delay", "must not be below first_delay")
        check.expect(
            backoff.factor >= 1 && backoff.factor.isFinite, "factor", "must be at least 1")
        check.expect(backoff.jitter.isSensible, "jitter", "must be from 0 to 1")
        return check.problems + rules.retry.problems(at: check.below("retry_on"))
            + rules.never.problems(at: check.below("never_on"))
    }
}

extension FailurePattern {
    /// What no failure can have, for the field at this path.
    public func problems(at path: String) -> [SettingsProblem] {
        var check = SettingsCheck(path)
        check.expect(
            exitStatuses.allSatisfy { (1...255).contains($0) }, "exit_statuses",
            "must be numbers from 1 to 255")
        check.expect(
            httpStatuses.allSatisfy { (100...599).contains($0) }, "http_statuses",
            "must be numbers from 100 to 599")
        check.expect(
            signals.allSatisfy { (1...64).contains($0) }, "signals",
            "must be numbers from 1 to 64")
        check.expect(!codes.contains(""), "codes", "must not hold an empty name")
        return check.problems
    }
}

extension RetryBudget.Settings {
    /// What contradicts itself, for the field at this path.
    public func problems(at path: String) -> [SettingsProblem] {
        var check = SettingsCheck(path)
        check.expect(ratio >= 0 && ratio <= 1, "ratio", "must be from 0 to 1")
        check.expect(
            minimumPerSecond >= 0 && minimumPerSecond <= 1000, "minimum_per_second",
            "must be from 0 to 1000")
        check.expect(capacity >= 1 && capacity <= 1e6, "capacity", "must be from 1 to 1000000")
        return check.problems
    }
}

extension BreakerSettings {
    /// What contradicts itself, for the field at this path.
    public func problems(at path: String) -> [SettingsProblem] {
        var check = SettingsCheck(path)
        check.expectLimit(consecutiveFailures, "failures")
        check.expectRate(failureRate, "failure_rate")
        check.expectRate(slowRate, "slow_rate")
        check.expect(minimumCalls >= 1, "minimum_calls", "must be at least 1")
        if let quota {
            check.expect((1...64).contains(quota.of), "quota.of", "must be from 1 to 64")
            check.expect(
                quota.failures >= 1 && quota.failures <= quota.of, "quota.failures",
                "must be at least 1 and not above quota.of")
        }
        switch window {
        case .time(let span):
            check.expect(
                span >= .seconds(1) && span <= .seconds(86_400 * 7), "window",
                "must be from 1 second to a week")
        case .calls(let number):
            check.expect(number <= 100_000, "window_calls", "must be at most 100000")
            check.expect(
                number >= max(minimumCalls, 1), "window_calls", "must not be below minimum_calls")
        }
        check.expect(slowAfter > .zero, "slow_after", "must be above 0")
        check.expect(openFor >= .zero, "wait", "must not be negative")
        check.expect(openGrowth >= 1 && openGrowth.isFinite, "wait_factor", "must be at least 1")
        check.expect(openLimit >= openFor, "longest_wait", "must not be below wait")
        check.expect(jitter.isSensible, "jitter", "must be from 0 to 1")
        check.expect((1...1000).contains(probes), "probes", "must be from 1 to 1000")
        check.expect(successes >= 1, "successes", "must be at least 1")
        check.expect(probeLimit > .zero, "probe_limit", "must be above 0")
        check.expect(
            halfOpenLimit.map { $0 > .zero } ?? true, "half_open_limit", "must be above 0")
        let never = consecutiveFailures == nil && quota == nil && failureRate == nil
        check.expect(
            !never || slowRate != nil, "failures",
            "is off, and so is every other condition to open; disable the breaker instead")
        return check.problems
    }
}

extension Bulkhead.Settings {
    /// What contradicts itself, for the field at this path.
    public func problems(at path: String) -> [SettingsProblem] {
        var check = SettingsCheck(path)
        check.expectLimit(limit, "parallel")
        check.expect((0...100_000).contains(queue), "queue", "must be from 0 to 100000")
        return check.problems
    }
}

extension RateLimiter.Settings {
    /// What contradicts itself, for the field at this path.
    public func problems(at path: String) -> [SettingsProblem] {
        var check = SettingsCheck(path)
        let limits = [(perSecond, "per_second"), (perMinute, "per_minute"), (perDay, "per_day")]
        for (limit, field) in limits {
            check.expect(
                limit.map { (1...100_000).contains($0) } ?? true, field, "must be from 1 to 100000")
        }
        check.expect(maxWait >= .zero, "max_wait", "must not be negative")
        if let perSecond, let perMinute {
            check.expect(perMinute >= perSecond, "per_minute", "must not be below per_second")
        }
        if let perDay, let smaller = perMinute ?? perSecond {
            check.expect(perDay >= smaller, "per_day", "must not be below the limits of less time")
        }
        return check.problems
    }
}

extension Hedge {
    /// What contradicts itself, for the field at this path.
    public func problems(at path: String) -> [SettingsProblem] {
        var check = SettingsCheck(path)
        check.expect((0...10).contains(extra), "extra", "must be from 0 to 10")
        check.expect(extra == 0 || delay > .zero, "delay", "must be above 0")
        return check.problems
    }
}

extension ProviderPolicy {
    /// What contradicts itself, for the field at this path.
    public func problems(at path: String) -> [SettingsProblem] {
        var check = SettingsCheck(path)
        if let attemptTimeout {
            check.expect(attemptTimeout > .zero, "timeout", "must be above 0")
            check.expect(
                breaker.probeLimit > attemptTimeout, "breaker.probe_limit",
                "must be above timeout, or a probe is lost before it can fail")
            check.expect(
                hedge.extra == 0 || hedge.delay < attemptTimeout, "hedge.delay",
                "must be below timeout, or there is never another attempt")
        }
        check.expect(
            hedge.extra == 0 || bulkhead.limit.map { $0 > 1 } ?? true, "hedge.extra",
            "needs parallel to be above 1")
        return check.problems + retry.problems(at: check.below("retry"))
            + budget.problems(at: check.below("budget"))
            + hedge.problems(at: check.below("hedge")) + bulkhead.problems(at: path)
            + rate.problems(at: check.below("rate"))
            + breaker.problems(at: check.below("breaker"))
            + counted.problems(at: check.below("breaker.count_on"))
    }
}

extension Jitter {
    /// Whether its share is one.
    fileprivate var isSensible: Bool {
        guard case .proportional(let share) = self else { return true }
        return share >= 0 && share <= 1
    }
}
