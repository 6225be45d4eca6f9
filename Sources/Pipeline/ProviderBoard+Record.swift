import Core
import Resilience
import Spool

/// What outlasts the process, and what an operator or a new configuration changes.
extension ProviderBoard {
    /// Goes on from what an earlier daemon has left. A record that is damaged is set aside, and all
    /// begins anew.
    public func restore() {
        guard let root else { return }
        do throws(Failure) {
            guard let record = try ProviderRecord.read(in: root) else { return }
            let (moment, wall) = (now(), wall().secondsSince1970)
            state.withLock { state in
                state.steps = record.steps
                for (name, saved) in record.providers {
                    state.gates[name] = ProviderGate(
                        state.policies.policy(for: name), restoring: saved, now: moment,
                        wall: wall)
                }
            }
        } catch {
            guard error.kind == .permanent else { return complain(error) }
            setAside(root, error)
        }
    }

    private func setAside(_ root: SpoolRoot, _ failure: Failure) {
        do throws(Failure) { try ProviderRecord.setAside(in: root) } catch {
            return complain(error)
        }
        log.record(
            Event(
                .providerStateDamaged,
                "Set aside state/\(ProviderRecord.name.display) as \(ProviderRecord.damagedName.display): \(failure.cause). All breakers are closed, and all counts begin anew.",
                [.error: failure.message]))
    }

    /// Whether there is something to save.
    public var isChanged: Bool { state.withLock { $0.isChanged } }

    /// Writes down what is known, if something has happened. Durably it is when a crash must not
    /// undo it.
    public func save(durably: Bool) {
        guard let root else { return }
        saving.withLock { _ in
            guard let record = takeRecord() else { return }
            do throws(Failure) {
                try record.write(in: root, durably: durably)
                state.withLock { $0.isUnsaved = false }
            } catch {
                // It is tried again soon. What is only counted can wait for a shortage to pass.
                let isWorthWaiting = !durably && error.isOfTheMachine
                let isNews = state.withLock { state in
                    state.isChanged = true
                    guard !isWorthWaiting, !state.isUnsaved else { return false }
                    state.isUnsaved = true
                    return true
                }
                if isNews { complain(error) }
            }
        }
    }

    private func takeRecord() -> ProviderRecord? {
        let (moment, saved) = (now(), wall())
        return state.withLock { state in
            guard state.isChanged else { return nil }
            state.isChanged = false
            let providers = state.gates.mapValues {
                $0.snapshot(now: moment, wall: saved.secondsSince1970)
            }
            return ProviderRecord(saved: saved, providers: providers, steps: state.steps)
        }
    }

    private func complain(_ failure: Failure) {
        log.record(Event(.spoolProblem, "\(failure)", [.error: failure.code]))
    }

    /// Goes on by other policies. What is known of the providers stays.
    public func adopt(_ policies: ProviderPolicies) {
        let moment = now()
        let woken = state.withLock { state in
            state.policies = policies
            var woken: [Woken] = []
            for (name, gate) in state.gates {
                let policy = policies.policy(for: name)
                guard policy != gate.policy else { continue }
                state.withGate(name) { $0.adopt(policy, now: moment) }
                woken += state.takeWoken(name)
            }
            return woken
        }
        wake(woken)
    }

    /// Whether the breaker of a provider lets all calls through.
    public func isWorking(_ provider: String) -> Bool {
        state.withLock { state in
            switch state.gates[provider]?.breaker.state {
            case .closed, .disabled, .metricsOnly, nil: true
            case .open, .halfOpen, .forcedOpen: false
            }
        }
    }

    /// How many jobs that waited for a provider may try it at once when it works again.
    public func firstToReturn(to provider: String) -> Int {
        max(1, policy(of: provider).breaker.probes)
    }

    /// Does what an operator asks about a breaker, and keeps it over a crash. False if it is so
    /// already.
    public func operate(
        _ verb: BreakerRequest.Verb, on provider: String, by user: String
    ) -> Bool {
        let moment = now()
        let transition = state.withLock { state in
            state.withGate(provider) { gate in
                switch verb {
                case .reset: gate.breaker.reset()
                case .open: gate.breaker.forceOpen()
                case .disable: gate.breaker.disable()
                case .enable: gate.breaker.enable()
                case .metrics: gate.breaker.onlyMeasure()
                }
            }
        }
        if let transition {
            note(transition, of: provider, at: moment, asked: (verb, user))
        } else {
            save(durably: true)
        }
        return transition != nil
    }

    /// Logs a change of state, keeps it, and passes it on.
    func note(
        _ transition: CircuitBreaker.Transition, of provider: String, at moment: Duration,
        asked: (verb: BreakerRequest.Verb, user: String)? = nil
    ) {
        let report = state.withLock { $0.gates[provider]?.breaker.report(now: moment) }
        log.record(
            .breaker(
                of: provider, transition, at: moment, last: report?.lastFailure?.note,
                asked: asked))
        save(durably: true)
        changed(provider, transition)
    }
}
