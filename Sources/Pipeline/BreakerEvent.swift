import Core
import Resilience
import Spool

extension Event {
    /// A breaker has changed its state: what it is now, why, and who asked for it if somebody did.
    static func breaker(
        of provider: String, _ transition: CircuitBreaker.Transition, at now: Duration,
        last: FailureNote?, asked: (verb: BreakerRequest.Verb, user: String)?
    ) -> Event {
        var fields: [Field: String] = [
            .provider: provider, .state: transition.to.name.rawValue,
        ]
        let by = asked.map { ": \($0.user) asked for it" } ?? ""
        let kind: EventKind
        let what: String
        switch transition.to {
        case .open(let until):
            kind = .breakerOpened
            let wait = max(.zero, until - now)
            var reason = transition.cause.reason
            if let last {
                fields[.error] = last.code
                reason += "; the last failure: \(last.text)"
            }
            what = "is left alone for \(wait.text): \(reason)."
        case .halfOpen:
            kind = .breakerHalfOpen
            what = "is tried again."
        case .closed where asked?.verb == .reset:
            kind = .breakerReset
            what = "has its breaker reset\(by)."
        case .closed where asked != nil:
            kind = .breakerEnabled
            what = "has its breaker work by itself again\(by)."
        case .closed:
            kind = .breakerClosed
            what = "works again."
        case .forcedOpen:
            kind = .breakerForcedOpen
            what = "is not called any more\(by)."
        case .disabled:
            kind = .breakerDisabled
            what = "is called whatever becomes of it\(by)."
        case .metricsOnly:
            kind = .breakerMeasuring
            what = "is called whatever becomes of it, and that is counted\(by)."
        }
        return Event(kind, "Provider \(provider) \(what)", fields)
    }
}

extension CircuitBreaker.Cause {
    /// As the end of a sentence about the provider.
    fileprivate var reason: String {
        switch self {
        case .consecutiveFailures: "it failed too often in a row"
        case .quota: "too many of its last calls failed"
        case .failureRate: "too large a share of its calls failed"
        case .slowRate: "too large a share of its calls was slow"
        case .probeFailed: "it was tried again and failed"
        case .probeLost: "it was tried again and did not answer"
        case .halfOpenLimit: "it was on trial for too long"
        case .waited, .recovered, .asked: rawValue
        }
    }
}
