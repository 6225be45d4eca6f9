import Resilience

/// The breaker as one would explain it: it keeps every outcome there ever was and counts anew.
struct CircuitBreakerModel {
    let settings: BreakerSettings
    private(set) var state = CircuitBreaker.State.closed
    private var outcomes: [(at: Duration, failed: Bool, slow: Bool)] = []
    /// When each probe that is under way began, by its number.
    private var probes: [Int: Duration] = [:]
    private var issued = 0
    private var halfOpenSince = Duration.zero
    private var trips = 0
    /// How often the state changed: what a call carries to know whether it still counts.
    private(set) var era = 0

    init(_ settings: BreakerSettings) { self.settings = settings }

    /// The number of the call, if it is admitted.
    mutating func admit(now: Duration) -> Int? {
        expire(now)
        issued += 1
        switch state {
        case .closed, .disabled, .metricsOnly:
            return issued
        case .forcedOpen:
            return nil
        case .open(let until):
            guard now >= until else { return nil }
            change(.halfOpen(probes: 0))
            halfOpenSince = now
        case .halfOpen(let probes):
            guard probes < settings.probes else { return nil }
        }
        probes[issued] = now
        state = .halfOpen(probes: probes.count)
        return issued
    }

    mutating func record(
        _ number: Int, era: Int, outcome: CircuitBreaker.Outcome, took: Duration, now: Duration
    ) {
        expire(now)
        guard era == self.era else { return }
        if case .halfOpen = state {
            probes[number] = nil
            state = .halfOpen(probes: probes.count)
        }
        guard outcome != .ignored else { return }
        let slow = took >= settings.slowAfter
        let bad = outcome == .failure || settings.slowRate != nil && slow
        if state != .disabled { outcomes.append((now, outcome == .failure, slow)) }
        switch state {
        case .halfOpen where bad:
            trip(now)
        case .halfOpen where outcomes.count >= settings.successes:
            change(.closed)
        case .closed where bad && isTooMuch(now):
            trip(now)
        default:
            break
        }
    }

    mutating func order(_ next: CircuitBreaker.State) {
        if next == .closed || next != state { change(next) }
    }

    private mutating func expire(_ now: Duration) {
        guard case .halfOpen = state else { return }
        let lost = probes.values.contains { now >= $0 + settings.probeLimit }
        let over = settings.halfOpenLimit.map { now >= halfOpenSince + $0 } ?? false
        if lost || over { trip(now) }
    }

    private mutating func trip(_ now: Duration) {
        var wait = settings.openFor
        for _ in 0..<trips { wait = min(wait * settings.openGrowth, settings.openLimit) }
        trips += 1
        change(.open(until: now + min(wait, settings.openLimit)))
    }

    private func isTooMuch(_ now: Duration) -> Bool {
        if let row = settings.consecutiveFailures {
            let last = outcomes.suffix(row)
            if last.count == row, last.allSatisfy(\.failed) { return true }
        }
        if let quota = settings.quota {
            let failures = outcomes.suffix(quota.of).count { $0.failed }
            if failures >= quota.failures { return true }
        }
        let recent: [(at: Duration, failed: Bool, slow: Bool)]
        switch settings.window {
        case .calls(let number): recent = outcomes.suffix(number)
        case .time(let span):
            let first = outcomes.first?.at ?? now
            func bucket(_ time: Duration) -> Double {
                ((time - first) / (span / 10)).rounded(.down)
            }
            recent = outcomes.filter { bucket($0.at) > bucket(now) - 10 }
        }
        guard recent.count >= settings.minimumCalls else { return false }
        let calls = Double(recent.count)
        let failed = Double(recent.count { $0.failed }) / calls
        let slow = Double(recent.count { $0.slow }) / calls
        return settings.failureRate.map { failed >= $0 } ?? false
            || settings.slowRate.map { slow >= $0 } ?? false
    }

    private mutating func change(_ next: CircuitBreaker.State) {
        state = next
        era += 1
        outcomes = []
        probes = [:]
        if next == .closed { trips = 0 }
    }
}
