import Core
import Glibc
import Linux
import Resilience
import Spool

/// Takes one step of one session from wherever it is to its end.
struct StepRunner: Sendable {
    /// How a step ended.
    enum Ending: Sendable {
        case finished
        /// No provider can be called now: what was said first, when to ask again, and the providers
        /// whose breakers are in the way.
        case parked(Failure, wait: Duration, breakers: [String])
        case failed(Failure)
    }

    /// How it went with one provider.
    private enum ProviderEnding {
        case finished
        /// It failed, and another may do better.
        case failed(Failure)
        /// It failed, and so would any other.
        case failedForGood(Failure)
        /// It cannot be called now.
        case unavailable(Failure, wait: Duration, isBreaker: Bool)
    }

    let step: Step
    let session: Session
    let job: String
    let environment: PipelineEnvironment

    /// What a step may take beyond its timeout: to end its tools, and to store its outputs.
    private static let overtime: Duration = .seconds(300)
    /// The longest a job is parked because too many calls were retries lately.
    private static let longestPenance: Duration = .seconds(60)

    var board: ProviderBoard { environment.providers }

    /// Tries the providers in order: each as often as the policy allows, the next when it is
    /// unavailable or keeps failing. A permanent failure is the job's own, and ends it at once.
    func run() async -> Ending {
        var lastFailure: Failure?
        var setbacks: [String] = []
        var shortestWait: Duration?
        var breakers: [String] = []
        for provider in step.providers {
            switch await call(provider, setbacks: setbacks) {
            case .finished: return .finished
            case .failedForGood(let failure): return .failed(failure)
            case .failed(let failure):
                lastFailure = failure
                setbacks.append("\(provider.name) failed (\(failure.cause))")
            case .unavailable(let failure, let wait, let isBreaker):
                lastFailure = lastFailure ?? failure
                shortestWait = min(shortestWait ?? wait, wait)
                setbacks.append("\(provider.name) was unavailable (\(failure.cause))")
                if isBreaker { breakers.append(provider.name) }
            }
        }
        let failure =
            lastFailure
            ?? Failure(
                .permanent, code: "no_provider", operation: "run the step", subject: step.name,
                cause: "no provider is configured for it")
        if let shortestWait { return .parked(failure, wait: shortestWait, breakers: breakers) }
        return .failed(failure)
    }

    /// One provider, until it succeeds, cannot be called, or has used up its attempts.
    private func call(_ provider: Provider, setbacks: [String]) async -> ProviderEnding {
        if let failure = lastFailure(of: provider) { return .failed(failure) }
        var series = AttemptSeries(limit: step.limit)
        while true {
            let failure: Failure
            switch await attempt(provider, &series, setbacks: setbacks) {
            case .ended(nil): return .finished
            case .ended(let ended?): failure = ended
            case .refused(let refused):
                return .unavailable(
                    refused.failure(of: provider.name), wait: refused.wait,
                    isBreaker: refused.reason == .breakerOpen)
            case .late: return .failed(timeIsUp(provider))
            }
            if failure.kind == .cancelled { return .failedForGood(failure) }
            // No fault of anybody's that trying again at once would mend.
            if failure.isOfShortage {
                return .unavailable(failure, wait: environment.waitForSpace, isBreaker: false)
            }
            let tries = session.record.steps[step.name]?.tries[provider.name] ?? 0
            let made = series.made(recorded: tries, failure)
            let decision = board.decide(
                provider.name, by: step.retry, made: made, elapsed: series.elapsed(at: board.now()),
                failure: failure, previous: series.delay)
            switch decision {
            case .retry(let delay):
                if let left = series.left(at: board.now()), delay > left {
                    return .failed(timeIsUp(provider, failure))
                }
                record(
                    .stepRetried,
                    "Step \(step.name) of \(job) failed and is tried again in \(delay.text): \(failure)",
                    provider, attempt: made, failure: failure)
                series.delay = delay
                do { try await environment.sleep(delay) } catch {
                    return .failedForGood(Failure(error, "run the step"))
                }
            case .giveUp(let reason):
                return ending(provider, failure, made: made, reason)
            }
        }
    }

    /// What it comes to that there is no other attempt.
    private func ending(
        _ provider: Provider, _ failure: Failure, made: Int, _ reason: RetryDecision.Reason
    ) -> ProviderEnding {
        let policy = board.policy(of: provider.name)
        let retry = step.retry ?? policy.retry
        let wait = retry.wait(afterLast: made, asked: failure.retryAfter.map { .seconds($0) })
        if failure.kind == .unavailable {
            return .unavailable(failure, wait: wait, isBreaker: false)
        }
        switch reason {
        case .budget:
            let refill = Duration.seconds(1 / max(policy.budget.minimumPerSecond, 0.001))
            return .unavailable(
                Failure(
                    .unavailable, code: "retry_budget", operation: "try again",
                    subject: provider.name,
                    cause: "too many of its calls were retries lately"),
                wait: max(wait, min(refill, Self.longestPenance)), isBreaker: false)
        case .notRetryable:
            return failure.kind == .permanent ? .failedForGood(failure) : .failed(failure)
        case .attempts, .elapsed: return .failed(failure)
        }
    }

    private func timeIsUp(_ provider: Provider, _ last: Failure? = nil) -> Failure {
        let limit = (step.limit ?? .zero).text
        return Failure(
            .transient, code: "step_timeout", operation: "run the step", subject: step.name,
            cause: "\(provider.name) has not done it within \(limit)"
                + (last.map { "; the last failure: \($0.cause)" } ?? ""),
            hint: "If it needs more, raise step_timeout in the configuration")
    }

    /// Why the provider's last attempt failed, when an earlier run got as far as using up all of
    /// them: a crash gives nobody another.
    private func lastFailure(of provider: Provider) -> Failure? {
        let retry = step.retry ?? board.policy(of: provider.name).retry
        guard let record = session.record.steps[step.name], record.state == .failed,
            record.tries[provider.name, default: 0] >= retry.attempts
        else { return nil }
        return record.failure
            ?? Failure(
                .transient, code: "tool_failed", operation: "run", subject: provider.name,
                cause: "it failed as often as it may be tried")
    }

    // MARK: - One attempt

    /// What came of an attempt.
    private enum Attempt: Sendable {
        /// It was made, and failed if that is so.
        case ended(Failure?)
        /// It was not made.
        case refused(ProviderBoard.Refused)
        /// It would have had to wait for longer than the step's time.
        case late
    }

    /// What came of the turn to make one.
    private enum TurnEnding: Sendable {
        /// Nothing more is to be waited for.
        case over(Attempt)
        /// It has to wait for the provider first.
        case waiting(ProviderBoard.Ticket)
    }

    /// Makes an attempt when the provider may be called and the step has its slot. It waits for the
    /// provider without the slot, which others can use, and takes the breaker's permit with it.
    private func attempt(
        _ provider: Provider, _ series: inout AttemptSeries, setbacks: [String]
    ) async -> Attempt {
        if let refused = board.look(at: provider.name) { return .refused(refused) }
        var pending: ProviderGate.Pending?
        while true {
            let result: TurnEnding
            do {
                let (turn, begun) = (pending, series)
                (result, series) = try await environment.slots.whenItMayBegin(
                    urgency: step.urgency
                ) {
                    var series = begun
                    let result = await takeTurn(turn, provider, &series, setbacks)
                    return (result, series)
                }
            } catch {
                if let pending { board.giveUp(pending, of: provider.name) }
                return .ended(Failure(error, "run the step"))
            }
            let ticket: ProviderBoard.Ticket
            switch result {
            case .over(let attempt): return attempt
            case .waiting(let waiting): ticket = waiting
            }
            do {
                pending = try await board.wait(
                    for: ticket, of: provider.name, atMost: series.left(at: board.now()),
                    sleep: environment.sleep)
            } catch {
                return .ended(Failure(error, "run the step"))
            }
            if pending == nil { return .late }
        }
    }

    /// Asks whether the provider may be called, and calls it, recorded before and after.
    private func takeTurn(
        _ pending: ProviderGate.Pending?, _ provider: Provider, _ series: inout AttemptSeries,
        _ setbacks: [String]
    ) async -> TurnEnding {
        let moment = board.now()
        series.begin(at: moment)
        let policy = board.policy(of: provider.name)
        let time = series.time(for: policy.attemptTimeout ?? step.timeout, at: moment)
        let within = time + environment.tools.grace
        let answer =
            if let pending {
                board.proceed(pending, of: provider.name, within: within)
            } else {
                board.enter(provider.name, within: within)
            }
        let call: ProviderGate.Call
        switch answer {
        case .go(let allowed): call = allowed
        case .refused(let refused): return .over(.refused(refused))
        case .wait(let ticket): return .waiting(ticket)
        }
        let started = environment.now()
        let name = step.name
        do throws(Failure) {
            try session.update { record in
                let tries = record.steps[name]?.tries ?? [:]
                record.steps[name] = .init(
                    provider: provider.name,
                    tries: tries.merging([provider.name: 1]) { $0 + $1 }, started: started)
            }
        } catch {
            // It has not been called.
            board.leave(call, of: provider.name, failure: .unmade, took: .zero)
            return .over(.ended(error))
        }
        let attempt = Turn(provider: provider, call: call, time: time, hedge: policy.hedge)
        return .over(.ended(await performAndRecord(attempt, setbacks)))
    }

    /// An attempt that was let through.
    struct Turn: Sendable {
        let provider: Provider
        let call: ProviderGate.Call
        /// How long it may take.
        let time: Duration
        let hedge: Hedge
    }

    private func performAndRecord(_ turn: Turn, _ setbacks: [String]) async -> Failure? {
        let provider = turn.provider
        let number = session.record.steps[step.name]?.attempts ?? 1
        let (result, elapsed) = await performInTurn(turn, attempt: number)
        var failure: Failure?
        var made = Made()
        do throws(Failure) { made = try result.get() } catch {
            failure = error
            // Before anything is recorded: it may be what fills the disk. What cannot be removed
            // now is removed with the rest when the job ends.
            try? session.removeWork(step: step.name)
        }
        if failure == nil, !setbacks.isEmpty {
            let sentence =
                "Step \(step.name) was done by \(provider.name), because "
                + setbacks.joined(separator: " and ") + "."
            made.degradations.insert(sentence, at: 0)
        }
        do throws(Failure) {
            let (name, failure, made) = (step.name, failure, made)
            // Its files are durable before the record that it is finished stands.
            try session.update(with: made.commit) { record in
                record.steps[name]?.seconds = elapsed.seconds
                record.steps[name]?.failure = failure
                record.steps[name]?.state = failure == nil ? .finished : .failed
                record.steps[name]?.outputs = made.outputs
                record.steps[name]?.degradations = made.degradations
                record.steps[name]?.cost = made.cost
                record.steps[name]?.reused = made.isReused ? true : nil
                switch failure?.kind {
                case .unavailable, .cancelled: record.steps[name]?.forgiveLastAttempt()
                case .transient where failure?.isOfShortage == true:
                    record.steps[name]?.forgiveLastAttempt()
                case nil: record.deaths = 0
                default: break
                }
            }
        } catch {
            // Why the step failed is what counts; that nobody recorded it is not to be silent.
            if failure != nil {
                record(.spoolProblem, "\(error)", provider, attempt: number, failure: error)
            }
            failure = failure ?? error
        }
        tell(provider, number, elapsed, failure, made.degradations)
        return failure
    }

    /// Does the work when its turn has come: what it made, and how long that took.
    private func performInTurn(
        _ turn: Turn, attempt number: Int
    ) async -> (Result<Made, Failure>, Duration) {
        do {
            return try await environment.slots.whenItMayWork(urgency: step.urgency) {
                let patience =
                    turn.time + turn.hedge.delay * turn.hedge.extra + environment.tools.grace
                    + Self.overtime
                return await environment.deadlines.hold(until: .now + patience) {
                    record(
                        .stepStarted, "Step \(step.name) of \(job) started.", turn.provider,
                        attempt: number)
                    let clock = ContinuousClock.now
                    let result =
                        turn.hedge.extra > 0
                        ? await performHedged(turn, attempt: number) : await perform(turn)
                    return (result, ContinuousClock.now - clock)
                }
            }
        } catch {
            board.leave(turn.call, of: turn.provider.name, failure: .unmade, took: .zero)
            return (.failure(Failure(error, "run the step")), .zero)
        }
    }

    private func tell(
        _ provider: Provider, _ number: Int, _ elapsed: Duration, _ failure: Failure?,
        _ degradations: [String]
    ) {
        board.count(step.name, of: session.record.pipeline, failure, took: elapsed)
        if let failure {
            guard failure.kind != .cancelled else { return }
            record(
                .stepFailed, "Attempt \(number) at step \(step.name) of \(job) failed: \(failure)",
                provider, attempt: number, elapsed: elapsed, failure: failure)
            return
        }
        for degradation in degradations {
            record(
                .stepDegraded, "\(job): \(degradation)", provider, attempt: number)
        }
        record(
            .stepFinished, "Step \(step.name) of \(job) finished in \(elapsed.text).", provider,
            attempt: number, elapsed: elapsed)
    }

    func record(
        _ kind: EventKind, _ message: String, _ provider: Provider, attempt: Int,
        elapsed: Duration? = nil, failure: Failure? = nil
    ) {
        var fields: [Event.Field: String] = [
            .session: session.id.description, .job: job, .step: step.name,
            .provider: provider.name, .attempt: "\(attempt)",
        ]
        fields[.duration] = elapsed.map { "\($0.microseconds)" }
        fields[.error] = failure?.code
        environment.log.record(Event(kind, message, fields))
    }
}

extension ProviderBoard.Refused {
    /// What it means for whoever wanted to call.
    fileprivate func failure(of provider: String) -> Failure {
        let cause =
            switch reason {
            case .breakerOpen:
                isForced
                    ? "an operator keeps it from being called"
                    : "it failed too often and is left alone"
            case .queueFull: "as many wait for it already as may"
            case .rateLimited: "it has been called as often as it may be"
            }
        return Failure(
            .unavailable, code: reason.rawValue, operation: "call", subject: provider, cause: cause)
    }
}

extension Failure {
    /// That of a call that was let through and not made.
    fileprivate static let unmade = Failure(
        .cancelled, code: "cancelled", operation: "call", subject: "the provider",
        cause: "it was not called after all")
}
