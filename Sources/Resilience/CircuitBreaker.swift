/// Keeps calls from a provider that fails, and lets a few through to see whether it has recovered.
///
/// A value without a clock: `now` counts from any fixed moment. Every permit is given back with
/// `record`, whatever became of the call; one that outlives the state it was given in no longer
/// counts, so a call that was slow to fail does not open a breaker that has closed since. What time
/// alone brings about happens when the breaker is next asked. See Michael Nygard, "Release It!",
/// chapter 5, and docs/resilience.md.
public struct CircuitBreaker: Sendable {
    /// What the breaker does with calls.
    public enum State: Hashable, Sendable {
        /// It admits them.
        case closed
        /// It refuses them until then; the first one afterwards makes it half open.
        case open(until: Duration)
        /// It admits a few, to learn from them. `probes` are under way.
        case halfOpen(probes: Int)
        /// It refuses them until an operator says otherwise.
        case forcedOpen
        /// It admits them and learns nothing, until an operator says otherwise.
        case disabled
        /// It admits them and counts, but never opens, until an operator says otherwise.
        case metricsOnly
    }

    /// Leave to make one call.
    public struct Permit: Hashable, Sendable {
        let slot: Int
        let number: UInt64
        let started: Duration
        /// The breaker is half open, and this call decides what comes next.
        public let isProbe: Bool
    }

    /// The answer to whoever wants to call.
    public enum Admission: Hashable, Sendable {
        /// Call, and give the permit back.
        case allowed(Permit)
        /// Do not call; asking again makes sense from then on.
        case refused(retryAt: Duration)
    }

    /// What a call says about the provider.
    public enum Outcome: Hashable, Sendable {
        /// It works.
        case success
        /// It is at fault.
        case failure
        /// Nothing: the call was cancelled, or the job was at fault.
        case ignored
    }

    /// What a state came from.
    public enum Cause: String, Hashable, Codable, Sendable {
        /// Too many failures in a row.
        case consecutiveFailures = "consecutive_failures"
        /// Too many failures among the last calls.
        case quota
        /// Too large a share of the calls failed.
        case failureRate = "failure_rate"
        /// Too large a share of the calls was slow.
        case slowRate = "slow_rate"
        /// The wait was over.
        case waited
        /// A probe failed, or was slow.
        case probeFailed = "probe_failed"
        /// A probe did not come back.
        case probeLost = "probe_lost"
        /// It was half open for too long.
        case halfOpenLimit = "half_open_limit"
        /// Enough probes succeeded.
        case recovered
        /// Somebody said so.
        case asked = "operator"
    }

    /// A change of state, for the record.
    public struct Transition: Hashable, Sendable {
        /// The state before.
        public let from: State
        /// The state after.
        public let to: State
        /// Why.
        public let cause: Cause
    }

    /// The answer, and the change of state that asking brought about.
    public struct Answer: Hashable, Sendable {
        /// Whether to call.
        public let admission: Admission
        /// The change of state, if there was one.
        public let transition: Transition?
    }

    /// A state with what only it has.
    enum Phase: Hashable, Sendable {
        case closed
        case open(until: Duration)
        case halfOpen(since: Duration, successes: Int)
        case forcedOpen, disabled, metricsOnly
    }

    /// What it was made with.
    public let settings: BreakerSettings
    var phase = Phase.closed
    var history: BreakerHistory
    /// The permits given in this phase and not yet given back.
    var permits = PermitTable()
    /// How often it opened since it was last closed.
    var trips = 0
    var counts = BreakerCounts()
    /// How a call failed the last time that counted.
    public internal(set) var lastFailure: LastFailure?

    /// Makes a closed breaker.
    public init(_ settings: BreakerSettings = BreakerSettings()) {
        self.settings = settings
        history = BreakerHistory(settings)
    }

    /// What it does with calls.
    public var state: State {
        switch phase {
        case .closed: .closed
        case .open(let until): .open(until: until)
        case .halfOpen: .halfOpen(probes: permits.count)
        case .forcedOpen: .forcedOpen
        case .disabled: .disabled
        case .metricsOnly: .metricsOnly
        }
    }

    /// How many permits of the present state are out.
    public var outstanding: Int { permits.count }

    /// When asking makes sense, without asking: nil if it does now. An open breaker whose time has
    /// come stays open until it is asked.
    public func refusedUntil(now: Duration) -> Duration? {
        switch phase {
        case .open(let until): now < until ? until : nil
        case .forcedOpen: now + settings.wait(trip: 1, random: 0.5)
        // Nobody knows when a probe will be back; it is likely sooner than a whole wait.
        case .halfOpen where permits.count >= max(settings.probes, 1):
            now + settings.wait(trip: 1, random: 0.5) / 10
        case .closed, .halfOpen, .disabled, .metricsOnly: nil
        }
    }

    /// Asks to make a call that may take `within`: if that is more than `probeLimit`, a probe is lost
    /// only after it. `random`, even in 0..<1, is for the wait if an earlier probe turns out lost.
    public mutating func admit(
        now: Duration, within: Duration = .zero, random: Double = 0.5
    ) -> Answer {
        var transition = expire(now: now, random: random)
        if let until = refusedUntil(now: now) {
            counts.refused += 1
            return Answer(admission: .refused(retryAt: until), transition: transition)
        }
        if case .open = phase {
            let from = transition?.from ?? state
            enter(.halfOpen(since: now, successes: 0))
            transition = Transition(from: from, to: .halfOpen(probes: 1), cause: .waited)
        }
        let isProbe = if case .halfOpen = phase { true } else { false }
        let deadline = isProbe ? now + max(settings.probeLimit, within) : SavedTime.forever
        let (slot, number) = permits.issue(deadline: deadline)
        counts.admitted += 1
        let permit = Permit(slot: slot, number: number, started: now, isProbe: isProbe)
        return Answer(admission: .allowed(permit), transition: transition)
    }

    /// Gives a permit back and tells what became of the call. Returns the change of state that follows
    /// from it; a permit given back twice, or given in an earlier state, changes nothing.
    ///
    /// - Parameters:
    ///   - took: how long the call took; without it, the time since the permit was given.
    ///   - failure: what to show as the last failure, if it is one.
    ///   - random: even in 0..<1, for the wait if this opens it.
    public mutating func record(
        _ permit: Permit, outcome: Outcome, now: Duration, took: Duration? = nil,
        failure: FailureNote? = nil, random: Double = 0.5
    ) -> Transition? {
        // One that was lost stays lost, even if nobody asked between its limit and its return.
        if let overdue = expire(now: now, random: random) { return overdue }
        guard permits.release(slot: permit.slot, number: permit.number), phase != .disabled
        else { return nil }
        // A probe that says nothing frees its place without having decided anything.
        guard outcome != .ignored else {
            counts.ignored += 1
            return nil
        }
        let failed = outcome == .failure
        let slow = (took ?? now - permit.started) >= settings.slowAfter
        if failed { lastFailure = LastFailure(failure, at: now) }
        counts.add(failed: failed, slow: slow)
        return learn(failed: failed, slow: slow, now: now, random: random)
    }

    private mutating func learn(
        failed: Bool, slow: Bool, now: Duration, random: Double
    ) -> Transition? {
        switch phase {
        case .closed:
            history.add(failed: failed, slow: slow, now: now)
            let bad = failed || slow && settings.slowRate != nil
            guard bad, let cause = history.verdict(settings) else { return nil }
            return open(cause, from: now, random: random)
        case .metricsOnly:
            history.add(failed: failed, slow: slow, now: now)
            return nil
        case .halfOpen where failed || slow && settings.slowRate != nil:
            return open(.probeFailed, from: now, random: random)
        case .halfOpen(let since, let successes):
            phase = .halfOpen(since: since, successes: successes + 1)
            guard successes + 1 >= settings.successes else { return nil }
            return change(to: .closed, .recovered)
        case .open, .forcedOpen, .disabled:
            return nil
        }
    }

    /// What time alone brings about: probes that are lost, and the end of being half open. The wait
    /// counts from now.
    public mutating func expire(now: Duration, random: Double = 0.5) -> Transition? {
        guard case .halfOpen(let since, _) = phase else { return nil }
        let lost = permits.releaseOverdue(now: now)
        if lost > 0 {
            counts.lost += lost
            return open(.probeLost, from: now, random: random)
        }
        guard let limit = settings.halfOpenLimit, now - since >= limit else { return nil }
        return open(.halfOpenLimit, from: now, random: random)
    }

    private mutating func open(_ cause: Cause, from now: Duration, random: Double) -> Transition {
        trips += 1
        counts.trips += 1
        return change(to: .open(until: now + settings.wait(trip: trips, random: random)), cause)
    }

    /// Enters a phase and tells so.
    mutating func change(to next: Phase, _ cause: Cause) -> Transition {
        let before = state
        enter(next)
        return Transition(from: before, to: state, cause: cause)
    }

    private mutating func enter(_ next: Phase) {
        phase = next
        permits.clear()
        history.clear()
        if next == .closed { trips = 0 }
    }
}
