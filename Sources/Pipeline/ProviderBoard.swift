import Core
import Resilience
import Synchronization

/// The circuit breakers of all providers, shared by all jobs.
public final class ProviderBoard: Sendable {
    private let settings: BreakerSettings
    private let log: any EventLog
    private let now: @Sendable () -> Duration
    private let breakers = Mutex<[String: CircuitBreaker]>([:])

    /// Makes a board; `now` is the time since any fixed moment, on a clock that is never set.
    public init(
        settings: BreakerSettings, log: any EventLog,
        now: @escaping @Sendable () -> Duration = ProviderBoard.steadyTime
    ) {
        self.settings = settings
        self.log = log
        self.now = now
    }

    /// The time since the first call, on the steady clock.
    public static let steadyTime: @Sendable () -> Duration = {
        let origin = ContinuousClock.now
        return { ContinuousClock.now - origin }
    }()

    /// Whether the provider may be called: a permit to be given back with `record`, or how long to
    /// leave it alone.
    func admit(_ provider: String) -> Result<CircuitBreaker.Permit, Refused> {
        let moment = now()
        let admission = breakers.withLock {
            $0[provider, default: CircuitBreaker(settings)].admit(now: moment).admission
        }
        switch admission {
        case .allowed(let permit):
            if permit.isProbe { tell(provider, "is tried again") }
            return .success(permit)
        case .refused(let retryAt): return .failure(Refused(wait: max(.zero, retryAt - moment)))
        }
    }

    /// A provider is not to be called for a time.
    struct Refused: Error { var wait: Duration }

    /// Notes how a call ended. Only a provider that is unavailable is at fault itself: what a job
    /// makes a tool do, such as to crash or to take too long, must not cut off the others.
    func record(_ permit: CircuitBreaker.Permit, of provider: String, failure: Failure?) {
        let outcome: CircuitBreaker.Outcome =
            switch failure?.kind {
            case nil: .success
            case .unavailable: .failure
            case .transient, .permanent, .cancelled: .ignored
            }
        let moment = now()
        let transition = breakers.withLock {
            $0[provider, default: CircuitBreaker(settings)]
                .record(permit, outcome: outcome, now: moment)
        }
        switch transition?.to {
        case .closed: tell(provider, "works again")
        case .open:
            tell(
                provider, "fails too often and is left alone for \(settings.openFor.text)",
                failure?.code)
        case .halfOpen, .forcedOpen, .disabled, .metricsOnly, nil: break
        }
    }

    private func tell(_ provider: String, _ what: String, _ code: String? = nil) {
        var fields: [Event.Field: String] = [.provider: provider]
        fields[.error] = code
        log.record(Event(.breakerChanged, "Provider \(provider) \(what).", fields))
    }
}
