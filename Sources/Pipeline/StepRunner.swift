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
        /// No provider can be called now: what the last one said, and when to ask again.
        case parked(Failure, wait: Duration)
        case failed(Failure)
    }

    let step: Step
    let session: Session
    let job: String
    let environment: PipelineEnvironment

    /// What a step may take beyond its timeout: to end its tools, and to store its outputs.
    private static let overtime: Duration = .seconds(300)

    /// Tries the providers in order: each as often as the policy allows, the next when it is
    /// unavailable or keeps failing. A permanent failure is the job's own, and ends it at once.
    func run() async -> Ending {
        var lastFailure: Failure?
        var setbacks: [String] = []
        var shortestWait: Duration?
        for provider in step.providers {
            switch await call(provider, setbacks: setbacks) {
            case .finished: return .finished
            case .failed(let failure):
                if failure.kind == .permanent || failure.kind == .cancelled {
                    return .failed(failure)
                }
                lastFailure = failure
                setbacks.append("\(provider.name) failed (\(failure.cause))")
            case .parked(let failure, let wait):
                lastFailure = lastFailure ?? failure
                shortestWait = min(shortestWait ?? wait, wait)
                setbacks.append("\(provider.name) was unavailable (\(failure.cause))")
            }
        }
        let failure =
            lastFailure
            ?? Failure(
                .permanent, code: "no_provider", operation: "run the step", subject: step.name,
                cause: "no provider is configured for it")
        if let shortestWait { return .parked(failure, wait: shortestWait) }
        return .failed(failure)
    }

    /// One provider, until it succeeds, is unavailable, or has used up its attempts.
    private func call(_ provider: Provider, setbacks: [String]) async -> Ending {
        if let failure = await lastFailure(of: provider) { return .failed(failure) }
        while true {
            let permit: CircuitBreaker.Permit
            switch environment.providers.admit(provider.name) {
            case .success(let allowed): permit = allowed
            case .failure(let refused):
                return .parked(
                    Failure(
                        .unavailable, code: "breaker_open", operation: "call",
                        subject: provider.name, cause: "it failed too often and is left alone"),
                    wait: refused.wait)
            }
            let failure = await attempt(provider, setbacks: setbacks)
            environment.providers.record(permit, of: provider.name, failure: failure)
            guard let failure else { return .finished }
            // No fault of anybody's that trying again at once would mend.
            if failure.isOfShortage { return .parked(failure, wait: environment.waitForSpace) }

            let tries = session.record.steps[step.name]?.tries[provider.name] ?? 0
            if failure.kind == .unavailable {
                let wait = step.retry.backoff.delay(before: tries + 1, random: 1)
                return .parked(failure, wait: max(wait, .seconds(failure.retryAfter ?? 0)))
            }
            guard failure.kind == .transient,
                case .retry(let delay) = step.retry.decide(
                    made: tries, failure: failure.traits, random: environment.random())
            else { return .failed(failure) }
            record(
                .stepRetried,
                "Step \(step.name) of \(job) failed and is tried again in \(delay.text): \(failure)",
                provider, attempt: tries, failure: failure)
            do { try await environment.sleep(delay) } catch {
                return .failed(Failure(error, "run the step"))
            }
        }
    }

    /// Why the provider's last attempt failed, when an earlier run got as far as using up all of
    /// them: a crash gives nobody another.
    private func lastFailure(of provider: Provider) async -> Failure? {
        guard let record = session.record.steps[step.name], record.state == .failed,
            record.tries[provider.name, default: 0] >= step.retry.attempts
        else { return nil }
        return record.failure
            ?? Failure(
                .transient, code: "tool_failed", operation: "run", subject: provider.name,
                cause: "it failed as often as it may be tried")
    }

    /// One attempt, recorded before and after. Returns why it failed.
    private func attempt(_ provider: Provider, setbacks: [String]) async -> Failure? {
        do {
            return try await environment.slots.whenItMayBegin(urgency: step.urgency) {
                let started = environment.now()
                let name = step.name
                try session.update { record in
                    let tries = record.steps[name]?.tries ?? [:]
                    record.steps[name] = .init(
                        provider: provider.name,
                        tries: tries.merging([provider.name: 1]) { $0 + $1 }, started: started)
                }
                return await performAndRecord(provider, setbacks)
            }
        } catch {
            return Failure(error, "run the step")
        }
    }

    private func performAndRecord(_ provider: Provider, _ setbacks: [String]) async -> Failure? {
        let number = session.record.steps[step.name]?.attempts ?? 1
        let (result, elapsed) = await performInTurn(provider, attempt: number)
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
        _ provider: Provider, attempt number: Int
    ) async -> (Result<Made, Failure>, Duration) {
        do {
            return try await environment.slots.whenItMayWork(urgency: step.urgency) {
                let patience = step.timeout + environment.tools.grace + Self.overtime
                return await environment.deadlines.hold(until: .now + patience) {
                    record(
                        .stepStarted, "Step \(step.name) of \(job) started.", provider,
                        attempt: number)
                    let clock = ContinuousClock.now
                    var result: Result<Made, Failure>
                    do throws(Failure) {
                        result = .success(try await perform(provider))
                    } catch {
                        result = .failure(error)
                    }
                    return (result, ContinuousClock.now - clock)
                }
            }
        } catch {
            return (.failure(Failure(error, "run the step")), .zero)
        }
    }

    private func tell(
        _ provider: Provider, _ number: Int, _ elapsed: Duration, _ failure: Failure?,
        _ degradations: [String]
    ) {
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

    private func record(
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
        return FailureTraits(kind, code: code, retryAfter: retryAfter.map { .seconds($0) })
    }
}
