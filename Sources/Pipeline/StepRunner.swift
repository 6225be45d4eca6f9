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
    /// Of the session's files.
    var hashes = KnownHashes()

    /// What a step may take beyond its timeout: to end its tools, and to store its outputs.
    static let overtime: Duration = .seconds(300)
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
                        + (last.map { "; the last failure: \($0.text)" } ?? "")
            case .queueFull: "as many wait for it already as may"
            case .rateLimited: "it has been called as often as it may be"
            }
        return Failure(
            .unavailable, code: reason.rawValue, operation: "call", subject: provider, cause: cause)
    }
}
