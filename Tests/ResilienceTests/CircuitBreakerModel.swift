import Resilience

/// The breaker as one would explain it: it keeps every outcome there ever was and counts anew.
struct CircuitBreakerModel {
    let settings: BreakerSettings
    private(set) var state = CircuitBreaker.State.closed
    private var outcomes: [(at: Duration, failed: Bool)] = []
    /// How often the state changed: what a call carries to know whether it still counts.
    private(set) var era = 0

    init(_ settings: BreakerSettings) { self.settings = settings }

    /// Whether a call is admitted.
    mutating func admit(now: Duration) -> Bool {
        switch state {
        case .closed:
            return true
        case .open(let until):
            guard now >= until else { return false }
            change(.halfOpen(probes: 1))
            return true
        case .halfOpen(let probes):
            guard probes < settings.probes else { return false }
            state = .halfOpen(probes: probes + 1)
            return true
        }
    }

    mutating func record(era: Int, outcome: CircuitBreaker.Outcome, now: Duration) {
        guard era == self.era else { return }
        if case .halfOpen(let probes) = state { state = .halfOpen(probes: probes - 1) }
        guard outcome != .ignored else { return }
        outcomes.append((now, outcome == .failure))
        switch state {
        case .halfOpen where outcome == .failure:
            change(.open(until: now + settings.openFor))
        case .halfOpen where outcomes.count >= settings.successes:
            change(.closed)
        case .closed where outcome == .failure && isTooMuch(now):
            change(.open(until: now + settings.openFor))
        default:
            break
        }
    }

    private func isTooMuch(_ now: Duration) -> Bool {
        let tenth = settings.window / 10
        func bucket(_ time: Duration) -> Double { (time / tenth).rounded(.down) }
        let recent = outcomes.filter { bucket($0.at) > bucket(now) - 10 }
        let rate = Double(recent.count { $0.failed }) / Double(recent.count)
        let last = outcomes.suffix(settings.consecutiveFailures)
        return last.count == settings.consecutiveFailures && last.allSatisfy(\.failed)
            || recent.count >= settings.minimumCalls && rate >= settings.failureRate
    }

    private mutating func change(_ next: CircuitBreaker.State) {
        state = next
        era += 1
        outcomes = []
    }
}
