import Core
import Linux
import Resilience
import Spool
import Synchronization

/// The gates of all providers, shared by all jobs, and what is counted of providers and steps.
///
/// Deciding takes a lock for less than a microsecond; no task is suspended for it unless it has to
/// wait for its turn.
public final class ProviderBoard: Sendable {
    /// The answer to whoever wants to call.
    enum Answer: Sendable {
        /// Call, and give it back with `leave`.
        case go(ProviderGate.Call)
        /// Wait for the ticket, and `proceed`.
        case wait(Ticket)
        /// Do not call.
        case refused(Refused)
    }

    /// A provider is not to be called for a time.
    struct Refused: Sendable {
        var reason: ProviderGate.Refusal
        var wait: Duration
        /// Whether it is an operator who keeps its breaker open.
        var isForced = false
        /// How a call failed the last time that counted, where that is why.
        var last: FailureNote?
    }

    /// What to wait for.
    enum Ticket: Sendable {
        /// A slot.
        case place(Bulkhead.Place)
        /// A time.
        case time(ProviderGate.Pending, until: Duration)
    }

    /// One that waits for a slot.
    enum Waiter {
        case waiting(CheckedContinuation<ProviderGate.Pending?, Never>)
        /// It has one, and does not know yet.
        case woken(ProviderGate.Pending)
    }

    struct State {
        var policies: ProviderPolicies
        var gates: [String: ProviderGate] = [:]
        var waiters: [String: [Bulkhead.Place: Waiter]] = [:]
        var steps: [String: StepStatistics] = [:]
        /// Whether something happened since it was last saved.
        var isChanged = false
        /// Whether it was said that it cannot be saved.
        var isUnsaved = false

        mutating func withGate<R>(
            _ provider: String, _ body: (inout ProviderGate) -> R
        ) -> R {
            isChanged = true
            return body(&gates[provider, default: ProviderGate(policies.policy(for: provider))])
        }
    }

    let log: any EventLog
    let root: SpoolRoot?
    /// The time since any fixed moment, on a clock that is never set.
    let now: @Sendable () -> Duration
    let wall: @Sendable () -> Timestamp
    let random: @Sendable () -> Double
    let changed: @Sendable (String, CircuitBreaker.Transition) -> Void
    let state: Mutex<State>
    /// Held while the record is written, so that the last one written is the last one there was.
    let saving = Mutex(())

    /// Makes a board on which nothing has happened.
    ///
    /// - Parameters:
    ///   - root: where to keep what is known; nil to keep it nowhere.
    ///   - now: the time since any fixed moment, on a clock that is never set.
    ///   - wall: the wall clock.
    ///   - random: even in 0..<1.
    ///   - changed: told of each provider whose breaker has changed its state.
    public init(
        _ policies: ProviderPolicies = ProviderPolicies(), log: any EventLog,
        root: SpoolRoot? = nil, now: @escaping @Sendable () -> Duration = ProviderBoard.steadyTime,
        wall: @escaping @Sendable () -> Timestamp = { .now },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        changed: @escaping @Sendable (String, CircuitBreaker.Transition) -> Void = { _, _ in }
    ) {
        self.log = log
        self.root = root
        self.now = now
        self.wall = wall
        self.random = random
        self.changed = changed
        state = Mutex(State(policies: policies))
    }

    /// The time since the first call, on the steady clock.
    public static let steadyTime: @Sendable () -> Duration = {
        let origin = ContinuousClock.now
        return { ContinuousClock.now - origin }
    }()

    /// How a provider is called.
    func policy(of provider: String) -> ProviderPolicy {
        state.withLock { $0.policies.policy(for: provider) }
    }

    /// Why a provider is not to be called, by a look at its breaker alone; nil if it may well be.
    func look(at provider: String) -> Refused? {
        let (moment, chance) = (now(), random())
        let (refusal, transition, breaker) = state.withLock { state in
            state.withGate(provider) { gate in
                let (refusal, transition) = gate.look(now: moment, random: chance)
                return (refusal, transition, Self.refusing(gate))
            }
        }
        if let transition { note(transition, of: provider, at: moment) }
        guard case .refused(let reason, let retryAt) = refusal else { return nil }
        return Refused(reason, wait: max(.zero, retryAt - moment), breaker)
    }

    /// What there is to say of a gate's breaker to those it refuses.
    private static func refusing(_ gate: ProviderGate) -> (isForced: Bool, last: FailureNote?) {
        (gate.breaker.state == .forcedOpen, gate.breaker.lastFailure?.note)
    }

    /// Asks to make a call that may take `within`.
    func enter(_ provider: String, within: Duration) -> Answer {
        ask(provider) { gate, now, random in
            gate.enter(now: now, within: within, random: random)
        }
    }

    /// Goes on with a call whose ticket has come up.
    func proceed(_ pending: ProviderGate.Pending, of provider: String, within: Duration) -> Answer {
        ask(provider) { gate, now, random in
            gate.proceed(pending, now: now, within: within, random: random)
        }
    }

    private func ask(
        _ provider: String,
        _ body: (inout ProviderGate, Duration, Double) -> ProviderGate.Answer
    ) -> Answer {
        let (moment, chance) = (now(), random())
        let (answer, breaker, woken) = state.withLock { state in
            let (answer, breaker) = state.withGate(provider) { gate in
                (body(&gate, moment, chance), Self.refusing(gate))
            }
            return (answer, breaker, state.takeWoken(provider))
        }
        wake(woken)
        if let transition = answer.transition { note(transition, of: provider, at: moment) }
        switch answer.entry {
        case .go(let call): return .go(call)
        case .wait(let pending, let until): return .wait(.time(pending, until: until))
        case .queued(let place): return .wait(.place(place))
        case .refused(let reason, let retryAt):
            return .refused(Refused(reason, wait: max(.zero, retryAt - moment), breaker))
        }
    }

    /// Gives a call back and tells how it ended, and how long it took when it had begun.
    func leave(
        _ call: ProviderGate.Call, of provider: String, failure: Failure?, took: Duration? = nil
    ) {
        let (moment, chance) = (now(), random())
        let (transition, woken) = state.withLock { state in
            let transition = state.withGate(provider) { gate in
                gate.leave(
                    call, outcome: gate.policy.outcome(failure?.traits), now: moment, took: took,
                    failure: failure.map {
                        FailureNote(code: $0.code, text: "\($0.subject): \($0.cause)")
                    },
                    random: chance)
            }
            return (transition, state.takeWoken(provider))
        }
        wake(woken)
        if let transition { note(transition, of: provider, at: moment) }
    }

    /// Decides what comes after a failed attempt; see `ProviderGate.decide`.
    func decide(
        _ provider: String, by retry: RetryPolicy?, made: Int, elapsed: Duration,
        failure: Failure, previous: Duration?
    ) -> RetryDecision {
        let (moment, chance) = (now(), random())
        return state.withLock { state in
            state.withGate(provider) { gate in
                gate.decide(
                    by: retry, made: made, elapsed: elapsed, failure: failure.traits,
                    previous: previous, now: moment, random: chance)
            }
        }
    }

    /// Counts an attempt at a step.
    func count(_ step: String, of pipeline: String, _ failure: Failure?, took: Duration) {
        let kind = StepStatistics.kind(of: step, in: pipeline)
        state.withLock { state in
            state.isChanged = true
            state.steps[kind, default: StepStatistics()].note(failure, took: took)
        }
    }
}

extension ProviderBoard.Refused {
    fileprivate init(
        _ reason: ProviderGate.Refusal, wait: Duration,
        _ breaker: (isForced: Bool, last: FailureNote?)
    ) {
        self.init(reason: reason, wait: wait)
        guard reason == .breakerOpen else { return }
        (isForced, last) = breaker
    }
}

extension Failure {
    /// What of it matters to whether and when to try again.
    var traits: FailureTraits {
        let kind: FailureKind =
            switch kind {
            case .transient: .transient
            case .unavailable: .unavailable
            case .permanent: .permanent
            case .cancelled: .cancelled
            }
        return FailureTraits(
            kind, code: code, exitStatus: exitStatus, httpStatus: httpStatus, signal: signal,
            retryAfter: retryAfter.map { .seconds($0) })
    }
}
