import Core
import Linux
import Resilience
import Spool

/// Hedging: more calls beside one that takes long, each in a directory of its own. The first that
/// succeeds counts, and the others are ended.
extension StepRunner {
    /// What happens to a hedged attempt.
    private enum Happening: Sendable {
        /// A call has ended.
        case ended(Int, Result<Work, Failure>)
        /// It has taken so long that another one may be begun.
        case slow
        /// Nobody waits for that any more.
        case nothing
    }

    /// The calls of one attempt.
    private struct Calls {
        var begun: [(call: ProviderGate.Call, since: ContinuousClock.Instant)] = []
        var winner: (number: Int, work: Work)?
        var failure: Failure?
        /// How many are under way.
        var running = 0
    }

    func performHedged(_ turn: Turn, attempt number: Int) async -> Result<Made, Failure> {
        let calls = await callUntilOneSucceeds(turn, attempt: number)
        let losers = calls.begun.indices.dropFirst().filter { $0 != calls.winner?.number }
        // What cannot be removed now is removed with the rest when the job ends.
        for loser in losers { try? session.removeWork(step: workName(loser)) }
        guard let (winner, work) = calls.winner else {
            return .failure(calls.failure ?? Failure(CancellationError(), "run the step"))
        }
        let result: Result<Made, Failure>
        do throws(Failure) {
            if winner > 0 {
                try converting("keep the outputs of") {
                    try session.useWork(of: workName(winner), for: step.name)
                }
            }
            var made = try keep(work)
            if calls.begun.count > 1 {
                made.degradations.append(
                    "Step \(step.name) took \(calls.begun.count) calls of \(turn.provider.name) at the same time, because the first one was slow; call \(winner + 1) was used."
                )
            }
            result = .success(made)
        } catch {
            result = .failure(error)
        }
        leave(calls.begun[winner].call, of: turn.provider, result, since: calls.begun[winner].since)
        return result
    }

    /// The directory of a call, by how many there were before it.
    private func workName(_ call: Int) -> String {
        // No step's name has a dot.
        call == 0 ? step.name : "\(step.name).\(call + 1)"
    }

    private func callUntilOneSucceeds(_ turn: Turn, attempt number: Int) async -> Calls {
        await withTaskGroup(of: Happening.self) { group in
            var calls = Calls()
            func begin(_ call: ProviderGate.Call) {
                let index = calls.begun.count
                calls.begun.append((call, .now))
                calls.running += 1
                group.addTask { await happening(turn, index) }
                guard turn.hedge.next(begun: calls.begun.count) != nil else { return }
                group.addTask {
                    do { try await environment.sleep(turn.hedge.delay) } catch { return .nothing }
                    return .slow
                }
            }
            begin(turn.call)
            while let happening = await group.next() {
                switch happening {
                case .nothing: break
                case .slow:
                    guard calls.winner == nil, calls.running > 0, !Task.isCancelled,
                        let call = another(turn)
                    else { break }
                    record(
                        .stepHedged,
                        "Step \(step.name) of \(job) is slow: \(turn.provider.name) is called once more beside it.",
                        turn.provider, attempt: number)
                    begin(call)
                case .ended(let index, let result):
                    calls.running -= 1
                    note(result, of: index, turn, &calls)
                    // What is the job's own fault would fail the others as well.
                    let isOver =
                        calls.winner != nil || calls.running == 0
                        || calls.failure?.kind == .permanent
                    if isOver { group.cancelAll() }
                }
            }
            return calls
        }
    }

    private func happening(_ turn: Turn, _ index: Int) async -> Happening {
        do throws(Failure) {
            return .ended(
                index, .success(try await work(turn.provider, in: workName(index), turn.time)))
        } catch {
            return .ended(index, .failure(error))
        }
    }

    /// Notes how a call ended. All but the winner's are given back here.
    private func note(
        _ result: Result<Work, Failure>, of index: Int, _ turn: Turn, _ calls: inout Calls
    ) {
        switch result {
        case .success(let work) where calls.winner == nil: calls.winner = (index, work)
        case .success:
            leave(
                calls.begun[index].call, of: turn.provider, result, since: calls.begun[index].since)
        case .failure(let failure):
            leave(
                calls.begun[index].call, of: turn.provider, result, since: calls.begun[index].since)
            // That the others were ended says nothing.
            if calls.failure == nil || calls.failure?.kind == .cancelled {
                calls.failure = failure
            }
        }
    }

    /// Another call, if it can be made at once: one that had to wait would be no help.
    private func another(_ turn: Turn) -> ProviderGate.Call? {
        let within = turn.time + environment.tools.grace
        switch board.enter(turn.provider.name, within: within) {
        case .go(let call): return call
        case .wait(let ticket):
            board.giveUp(ticket, of: turn.provider.name)
            return nil
        case .refused: return nil
        }
    }
}
