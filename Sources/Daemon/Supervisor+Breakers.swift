import Core
import Linux
import Pipeline
import Resilience
import Spool

/// What breakers have to do with the loop: who waits for them, who asks something of them, and what
/// of them is kept.
extension Supervisor {
    /// How long after something was counted it is written down, with all that is counted meanwhile. What must not be lost is at once.
    static let savePause: Duration = .seconds(3)

    func saveProviders() {
        guard environment.providers.isChanged else {
            nextSave = nil
            return
        }
        guard let time = nextSave else {
            nextSave = .now + Self.savePause
            return
        }
        guard time <= .now else { return }
        environment.providers.save(durably: false)
        nextSave = nil
    }

    // MARK: - Jobs that wait

    func breakerChanged(_ provider: String, _ state: CircuitBreaker.State) {
        switch state {
        case .closed, .disabled, .metricsOnly: returnIfPossible([provider])
        case .open, .forcedOpen: returning.end(provider)
        case .halfOpen: break
        }
    }

    /// Lets jobs return to those providers that let calls through by now.
    func returnIfPossible(_ providers: [String]) {
        for provider in providers
        where parked.isAwaited(provider) && environment.providers.isWorking(provider) {
            let first = environment.providers.firstToReturn(to: provider)
            returning.begin(provider, first: first, at: .now)
        }
        returnJobs()
    }

    func returnJobs() {
        for (provider, count) in returning.takeDue(at: .now) {
            for id in parked.take(count, waitingFor: provider) { enqueue(id) }
            if !parked.isAwaited(provider) { returning.end(provider) }
        }
    }

    // MARK: - Requests

    /// Does what a file in `control/` asks about a breaker, durably, and removes the file. Whoever may
    /// put one there may ask.
    func carryOut(
        _ request: BreakerRequest, _ name: FileName, _ status: FileStatus
    ) throws(Failure) {
        let directory = try converting("look at") { try desk.directory.status() }
        let user = UserAccount.text(status.owner)
        if let objection = ControlRequest.objection(to: status, in: directory) {
            try withdraw(name)
            return refuse(name, user, objection)
        }
        guard configuration.providerNames.contains(request.provider) else {
            try withdraw(name)
            return refuse(
                name, user,
                "there is no such provider; there are \(configuration.providerNames.joined(separator: ", "))"
            )
        }
        let isNew = environment.providers.operate(request.verb, on: request.provider, by: user)
        try withdraw(name)
        if !isNew {
            activity.record(
                Event(
                    .requestRefused, "Nothing done for \(name.display): it is so already.",
                    [.provider: request.provider], priority: .notice))
        }
    }

    private func refuse(_ name: FileName, _ user: String, _ reason: String) {
        activity.record(
            Event(.requestRefused, "Refused \(name.display) of \(user): \(reason)."))
    }

    private func withdraw(_ name: FileName) throws(Failure) {
        try converting("remove the request") {
            try desk.directory.remove(name)
            try root.sync.sync(desk.directory)
        }
        _ = desk.end(name)
    }
}
