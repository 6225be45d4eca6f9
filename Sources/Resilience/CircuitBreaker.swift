/// Keeps calls from a provider that fails, and lets a few through to see whether it has recovered.
///
/// A value without a clock: `now` counts from any fixed moment. Every permit is given back with
/// `record`, whatever became of the call; one that outlives the state it was given in no longer
/// counts, so a call that was slow to fail does not open a breaker that has closed since. See Michael
/// Nygard, "Release It!", chapter 5.
public struct CircuitBreaker: Sendable {
    /// What the breaker does with calls.
    public enum State: Hashable, Sendable {
        /// It admits them.
        case closed
        /// It refuses them until then; the first one afterwards makes it half open.
        case open(until: Duration)
        /// It admits a few, to learn from them. `probes` are under way.
        case halfOpen(probes: Int)
    }

    /// Leave to make one call.
    public struct Permit: Hashable, Sendable {
        fileprivate let number: UInt64
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

    /// A change of state, for the record.
    public struct Transition: Hashable, Sendable {
        /// The state before.
        public let from: State
        /// The state after.
        public let to: State
    }

    /// A state with what it has learnt so far.
    private enum Phase: Sendable {
        case closed(failuresInARow: Int, OutcomeWindow)
        case open(until: Duration)
        case halfOpen(successes: Int)
    }

    /// What it was made with.
    public let settings: BreakerSettings
    private var phase: Phase
    /// The permits given in this phase and not yet given back.
    private var outstanding: Set<UInt64> = []
    private var issued: UInt64 = 0

    /// Makes a closed breaker.
    public init(_ settings: BreakerSettings = BreakerSettings()) {
        self.settings = settings
        phase = .closed(failuresInARow: 0, OutcomeWindow(span: settings.window))
    }

    /// What it does with calls.
    public var state: State {
        switch phase {
        case .closed: .closed
        case .open(let until): .open(until: until)
        case .halfOpen: .halfOpen(probes: outstanding.count)
        }
    }

    /// Asks to make a call.
    public mutating func admit(now: Duration) -> Admission {
        if case .open(let until) = phase {
            guard now >= until else { return .refused(retryAt: until) }
            enter(.halfOpen(successes: 0))
        }
        guard case .halfOpen = phase else { return .allowed(issue(isProbe: false)) }
        guard outstanding.count < max(settings.probes, 1) else {
            // Nobody knows when the probe will be back; it is likely sooner than a whole wait.
            return .refused(retryAt: now + settings.openFor / 10)
        }
        return .allowed(issue(isProbe: true))
    }

    /// Gives a permit back and tells what became of the call. Returns the change of state that follows
    /// from it; a permit given back twice, or given in an earlier state, changes nothing.
    public mutating func record(
        _ permit: Permit, outcome: Outcome, now: Duration
    ) -> Transition? {
        guard outstanding.remove(permit.number) != nil else { return nil }
        let before = state
        guard let next = successor(outcome, now: now) else { return nil }
        enter(next)
        return Transition(from: before, to: state)
    }

    /// Learns from an outcome; returns the next phase if this one is over.
    private mutating func successor(_ outcome: Outcome, now: Duration) -> Phase? {
        switch (phase, outcome) {
        case (_, .ignored), (.open, _):
            return nil
        case (.closed(let failuresInARow, var window), _):
            let failed = outcome == .failure
            window.add(failed: failed, now: now)
            let row = failed ? failuresInARow + 1 : 0
            phase = .closed(failuresInARow: row, window)
            return failed && isTooMuch(row, window) ? .open(until: now + settings.openFor) : nil
        case (.halfOpen, .failure):
            return .open(until: now + settings.openFor)
        case (.halfOpen(let successes), .success):
            phase = .halfOpen(successes: successes + 1)
            guard successes + 1 >= settings.successes else { return nil }
            return .closed(failuresInARow: 0, OutcomeWindow(span: settings.window))
        }
    }

    private func isTooMuch(_ failuresInARow: Int, _ window: OutcomeWindow) -> Bool {
        let calls = window.calls
        return failuresInARow >= settings.consecutiveFailures
            || calls >= settings.minimumCalls
                && Double(window.failures) >= settings.failureRate * Double(calls)
    }

    private mutating func enter(_ next: Phase) {
        phase = next
        outstanding = []
    }

    private mutating func issue(isProbe: Bool) -> Permit {
        issued += 1
        outstanding.insert(issued)
        return Permit(number: issued, isProbe: isProbe)
    }
}
