/// What every call of one provider passes, shared by all jobs: a look at the breaker, then the
/// bulkhead, then the rate limiter, then the breaker's permit, then the call.
///
/// The permit is taken last, so none is held by a call that only waits, and none that was given while
/// the breaker was closed is used after it opened. Whoever is refused holds nothing. After every `leave`,
/// `proceed` and `abandon` ask `nextWoken` until it has nobody: a slot may have become free.
public struct ProviderGate: Sendable {
    /// Leave to make one call, to be given back with `leave`.
    public struct Call: Hashable, Sendable {
        let slot: Bulkhead.Slot
        let permit: CircuitBreaker.Permit
        let started: Duration
        /// The breaker is half open, and this call decides what comes next.
        public var isProbe: Bool { permit.isProbe }
    }

    /// A call that has its slot but not begun, to be given to `proceed` or `abandon`.
    public struct Pending: Hashable, Sendable {
        let slot: Bulkhead.Slot
        let reservation: RateLimiter.Reservation?
    }

    /// Why a call is not made.
    public enum Refusal: String, Hashable, Sendable {
        /// The breaker is open, or has as many probes as it may.
        case breakerOpen = "breaker_open"
        /// Too many wait for a slot already.
        case queueFull = "queue_full"
        /// It would have to wait too long for its turn.
        case rateLimited = "rate_limited"
    }

    /// The answer to whoever wants to call.
    public enum Entry: Hashable, Sendable {
        /// Call, and give it back.
        case go(Call)
        /// Wait until then, and `proceed`.
        case wait(Pending, until: Duration)
        /// Wait until `nextWoken` names it, and `proceed`.
        case queued(Bulkhead.Place)
        /// Do not call; asking again makes sense from then on.
        case refused(Refusal, retryAt: Duration)
    }

    /// The answer, and the breaker's change of state that asking brought about.
    public struct Answer: Hashable, Sendable {
        /// What to do.
        public let entry: Entry
        /// The change of state, if there was one.
        public let transition: CircuitBreaker.Transition?
    }

    /// When to ask again if the queue is full: nobody knows when it will not be.
    private static let whenQueueIsFull: Duration = .seconds(5)

    /// What it was made with.
    public private(set) var policy: ProviderPolicy
    /// The breaker; for operators.
    public var breaker: CircuitBreaker
    /// Who calls and who waits to.
    public private(set) var bulkhead: Bulkhead
    /// When calls began.
    public private(set) var rate: RateLimiter
    /// What pays for retries.
    public private(set) var budget: RetryBudget
    /// What came of trying again.
    public private(set) var statistics = RetryStatistics()
    /// How long calls took, whatever became of them.
    public private(set) var latency = LatencyHistogram()

    /// Makes a gate that nobody has passed.
    public init(_ policy: ProviderPolicy = ProviderPolicy()) {
        self.policy = policy
        breaker = CircuitBreaker(policy.breaker)
        bulkhead = Bulkhead(policy.bulkhead)
        rate = RateLimiter(policy.rate)
        budget = RetryBudget(policy.budget)
    }

    /// A look at the breaker alone, for whoever has to wait before it can enter: the refusal, or the
    /// entry nil if it may well enter.
    public mutating func look(
        now: Duration, random: Double = 0.5
    ) -> (refusal: Entry?, transition: CircuitBreaker.Transition?) {
        let transition = breaker.expire(now: now, random: random)
        guard let until = breaker.refusedUntil(now: now) else { return (nil, transition) }
        breaker.counts.refused += 1
        return (.refused(.breakerOpen, retryAt: until), transition)
    }

    /// Asks to make a call that may take `within`; `random` is even in 0..<1. See `CircuitBreaker.admit`.
    public mutating func enter(
        now: Duration, within: Duration = .zero, random: Double = 0.5
    ) -> Answer {
        let (refusal, transition) = look(now: now, random: random)
        if let refusal { return Answer(entry: refusal, transition: transition) }
        switch bulkhead.enter() {
        case .queued(let place): return Answer(entry: .queued(place), transition: transition)
        case .rejected:
            let later = now + Self.whenQueueIsFull
            return Answer(entry: .refused(.queueFull, retryAt: later), transition: transition)
        case .admitted(let slot):
            let pending = Pending(slot: slot, reservation: nil)
            let answer = proceed(pending, now: now, within: within, random: random)
            return Answer(entry: answer.entry, transition: answer.transition ?? transition)
        }
    }

    /// Goes on with a call that was woken, or whose time has come.
    public mutating func proceed(
        _ pending: Pending, now: Duration, within: Duration = .zero, random: Double = 0.5
    ) -> Answer {
        let reservation: RateLimiter.Reservation
        if let held = pending.reservation {
            reservation = held
        } else {
            switch rate.reserve(now: now) {
            case .reserved(let new): reservation = new
            case .refused(let retryAt):
                bulkhead.leave(pending.slot)
                return Answer(entry: .refused(.rateLimited, retryAt: retryAt), transition: nil)
            }
        }
        if reservation.at > now {
            let waiting = Pending(slot: pending.slot, reservation: reservation)
            return Answer(entry: .wait(waiting, until: reservation.at), transition: nil)
        }
        let answer = breaker.admit(now: now, within: within, random: random)
        switch answer.admission {
        case .refused(let retryAt):
            rate.cancel(reservation)
            bulkhead.leave(pending.slot)
            return Answer(
                entry: .refused(.breakerOpen, retryAt: retryAt), transition: answer.transition)
        case .allowed(let permit):
            budget.deposit(now: now)
            let call = Call(slot: pending.slot, permit: permit, started: now)
            return Answer(entry: .go(call), transition: answer.transition)
        }
    }

    /// Who has waited longest and has a slot now: `proceed` with what is told. Nil if there is nobody.
    public mutating func nextWoken() -> (place: Bulkhead.Place, pending: Pending)? {
        guard let (place, slot) = bulkhead.nextAdmitted() else { return nil }
        return (place, Pending(slot: slot, reservation: nil))
    }

    /// Gives up waiting in the queue. False if it has been woken: then it has a slot, and what
    /// `nextWoken` told is to be given up.
    @discardableResult
    public mutating func abandon(_ place: Bulkhead.Place) -> Bool { bulkhead.abandon(place) }

    /// Gives up a call that has not begun.
    public mutating func abandon(_ pending: Pending) {
        // One who gave up before keeps nothing, so nothing is given back twice.
        guard bulkhead.leave(pending.slot), let reservation = pending.reservation else { return }
        rate.cancel(reservation)
    }

    /// Gives a call back and tells what became of it. A call given back twice changes nothing.
    /// `took` is how long it took, if that is less than since it was let through.
    public mutating func leave(
        _ call: Call, outcome: CircuitBreaker.Outcome, now: Duration, took: Duration? = nil,
        failure: FailureNote? = nil, random: Double = 0.5
    ) -> CircuitBreaker.Transition? {
        if bulkhead.leave(call.slot) {
            latency.record(took ?? now - call.started)
            statistics.attempts += 1
            if outcome == .success { statistics.successes += 1 }
        }
        return breaker.record(
            call.permit, outcome: outcome, now: now, took: took, failure: failure, random: random)
    }

    /// Decides what comes after a failed attempt: what `retry` says, or else the policy's, if the
    /// budget can pay for it. The other parameters are those of `RetryPolicy.decide`.
    public mutating func decide(
        by retry: RetryPolicy? = nil, made: Int, elapsed: Duration, failure: FailureTraits,
        previous: Duration? = nil, now: Duration, random: Double
    ) -> RetryDecision {
        var decision = (retry ?? policy.retry).decide(
            made: made, elapsed: elapsed, failure: failure, previous: previous, random: random)
        if case .retry = decision, !budget.withdraw(now: now) { decision = .giveUp(.budget) }
        statistics.note(decision)
        return decision
    }

    /// Goes on by another policy, after the configuration was read anew. Who calls and who waits keeps
    /// what it has, what was learnt stays, and an open breaker stays open no longer than the new policy
    /// could make it.
    public mutating func adopt(_ policy: ProviderPolicy, now: Duration) {
        self.policy = policy
        breaker = CircuitBreaker(policy.breaker, succeeding: breaker, now: now)
        bulkhead = Bulkhead(policy.bulkhead, succeeding: bulkhead)
        rate = RateLimiter(policy.rate, succeeding: rate)
        let saved = budget.snapshot(now: now, wall: 0)
        budget = RetryBudget(policy.budget, restoring: saved, now: now, wall: 0)
    }

    /// Goes on from what was saved, by a policy that may have changed since.
    public init(
        _ policy: ProviderPolicy, restoring saved: Snapshot, now: Duration, wall: Double
    ) {
        self.init(policy)
        breaker = CircuitBreaker(policy.breaker, restoring: saved.breaker, now: now, wall: wall)
        rate = RateLimiter(policy.rate, restoring: saved.rate, now: now, wall: wall)
        budget = RetryBudget(policy.budget, restoring: saved.budget, now: now, wall: wall)
        statistics = saved.statistics
        latency = saved.latency
    }
}
