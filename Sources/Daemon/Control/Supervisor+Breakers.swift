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
        let providers = environment.providers
        errands.run("providers") { providers.save(durably: false) }
        nextSave = .now + Self.savePause
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

    /// Does what a file in `control/` asks about a breaker, durably and beside the loop, and removes the
    /// file. Whoever may put one there may ask.
    func decide(_ request: BreakerRequest, _ name: FileName, _ status: FileStatus) {
        guard !desk.isAtWork(name) else { return }
        desk.begin(name, ControlDesk.Engagement())
        let runner = BreakerRequestRunner(
            control: desk.directory, sync: root.sync, providers: environment.providers,
            known: configuration.providerNames, log: activity, request: request, file: name,
            status: status)
        Task(executorPreference: BlockingExecutor.requests) { [mailbox] in
            do throws(Failure) {
                try runner.perform()
                mailbox.report(.requestEnded(name, .success(nil)))
            } catch {
                mailbox.report(.requestEnded(name, .failure(error)))
            }
        }
    }
}
