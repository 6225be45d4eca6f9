import Core
import Linux
import Resilience
import Spool

/// One attempt at a step with one provider: let through, made in its turn, put on record.
extension StepRunner {
    /// What came of an attempt.
    enum Attempt: Sendable {
        /// It was made, and failed if that is so.
        case ended(Failure?)
        /// It was not made.
        case refused(ProviderBoard.Refused)
        /// It would have had to wait for longer than the step's time.
        case late
    }

    /// What came of the turn to make one.
    enum TurnEnding: Sendable {
        /// Nothing more is to be waited for.
        case over(Attempt)
        /// It has to wait for the provider first.
        case waiting(ProviderBoard.Ticket)
    }

    /// Makes an attempt when the provider may be called and the step has its slot. It waits for the
    /// provider without the slot, which others can use, and takes the breaker's permit with it.
    func attempt(
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
                record.steps[name]?.machine = made.machine
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
}

extension Failure {
    /// That of a call that was let through and not made.
    fileprivate static let unmade = Failure(
        .cancelled, code: "cancelled", operation: "call", subject: "the provider",
        cause: "it was not called after all")
}
