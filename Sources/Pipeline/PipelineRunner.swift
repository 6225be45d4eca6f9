import Core
import Linux
import Spool

/// Runs a session's pipeline from wherever it is to its end: independent steps at the same time,
/// finished ones not again.
public struct PipelineRunner: Sendable {
    /// How a run ended.
    public enum Ending: Sendable {
        /// Everything is published; the commit makes that durable.
        case done(Commit)
        /// A step failed for good.
        case failed(Failure, stage: String?)
        /// Nothing can be done for now: why, for how long, and whose breakers are in the way.
        case parked(Failure, stage: String, wait: Duration, breakers: [String])
        /// The daemon wants to stop; another run goes on from here.
        case interrupted
    }

    let definition: PipelineDefinition
    let session: Session
    let environment: PipelineEnvironment
    private let hashes = KnownHashes()

    /// Runs `definition` for `session`.
    public init(
        _ definition: PipelineDefinition, session: Session, environment: PipelineEnvironment
    ) {
        self.definition = definition
        self.session = session
        self.environment = environment
    }

    /// Runs to an end. Cancelling the task ends the steps' tools and returns `.interrupted`.
    public func run() async -> Ending {
        do throws(Failure) {
            if session.record.publication == nil {
                var rounds = 0
                while true {
                    var (state, isPublishing) = try await restored()
                    if let ending = await runSteps(&state) { return ending }
                    // An upgrade may have come while they worked.
                    if isPublishing { break }
                    if try await isUpToDate() { break }
                    rounds += 1
                    guard rounds < Self.mostRounds else { throw Self.unsteady(rounds) }
                }
                try await planPublication()
            }
            return .done(try await Publication(session).publish())
        } catch {
            return error.kind == .cancelled ? .interrupted : .failed(error, stage: nil)
        }
    }

    /// How often steps are made again, at most, because the machine has changed while they were made. An
    /// upgrade takes a moment; what goes on changing is not one.
    private static let mostRounds = 5

    private static func unsteady(_ rounds: Int) -> Failure {
        Failure(
            .unavailable, code: "machine_changing", operation: "publish", subject: "the outputs",
            cause: "programs or their files were changed again and again while they were made, "
                + "\(rounds) times",
            hint: "Retry the job when the programs have been left alone for a while")
    }

    /// What the record says is finished and still is: outputs that are missing or changed, or that the
    /// machine would not make as it is now, count as never made, and so does all that was made from them.
    ///
    /// When a part of it is published already, all was as it is to be, and the machine is not asked again:
    /// what is there cannot be taken back.
    private func restored() async throws(Failure) -> (PipelineState, isPublishing: Bool) {
        let record = session.record
        guard !record.steps.isEmpty else { return (PipelineState(), false) }
        var intact: Set<String> = []
        var isPublishing = false
        for (name, step) in record.steps where step.state == .finished {
            if try step.isIntact(in: session.directory, &isPublishing) { intact.insert(name) }
        }
        // Steps become known as others finish, so this goes in rounds.
        var finished: Set<String> = []
        var asked: Set<String> = []
        while true {
            var state = PipelineState()
            let steps = try definition.steps(SessionView(session), finished)
            try state.define(steps)
            let unasked = steps.filter { intact.contains($0.name) && !asked.contains($0.name) }
            asked.formUnion(unasked.map(\.name))
            for (name, parts) in isPublishing ? [:] : await outdated(unasked) {
                intact.remove(name)
                tell(name, isOutdatedBy: parts)
            }
            let missing = Set(state.plan.filter { !intact.contains($0) })
            let usable = Set(state.plan).subtracting(state.dependents(of: missing))
            for name in usable { state.finish(name) }
            if usable.isSubset(of: finished) {
                try await forget(notIn: finished)
                return (state, isPublishing)
            }
            finished.formUnion(usable)
        }
    }

    /// Takes steps back that have to be done again, and the attempt a crash cut short.
    private func forget(notIn finished: Set<String>) async throws(Failure) {
        try session.update { record in
            for (name, step) in record.steps where !finished.contains(name) {
                var step = step
                switch step.state {
                case .running:
                    step.forgiveLastAttempt()
                    step.state = .failed
                case .finished:
                    step.tries = [:]
                    step.state = .failed
                    step.outputs = []
                case .failed: break
                }
                record.steps[name] = step
            }
        }
    }

    /// Runs steps until all are finished (nil) or one ends the run.
    private func runSteps(_ state: inout PipelineState) async -> Ending? {
        let job = session.record.job
        return await withTaskGroup(of: (String, StepRunner.Ending).self) { group in
            var ending: Ending?
            var isDefined = false
            while true {
                do throws(Failure) {
                    if ending == nil {
                        if !isDefined {
                            let finished = state.finished
                            try state.define(
                                definition.steps(SessionView(session), finished))
                            await recordPlan(state.plan)
                            isDefined = true
                        }
                        for step in state.takeReady() {
                            let runner = StepRunner(
                                step: step, session: session, job: job, environment: environment,
                                hashes: hashes)
                            group.addTask { (step.name, await runner.run()) }
                        }
                    }
                } catch {
                    ending = error.kind == .cancelled ? .interrupted : .failed(error, stage: nil)
                    group.cancelAll()
                }
                guard let (name, result) = await group.next() else { return ending }
                switch result {
                case .finished:
                    state.finish(name)
                    isDefined = false
                case .failed(let failure):
                    ending = Self.ending(ending, orFailed: failure, at: name)
                    group.cancelAll()
                case .parked(let failure, let wait, let breakers):
                    // What runs already may finish: it is paid for.
                    if ending == nil {
                        ending = .parked(failure, stage: name, wait: wait, breakers: breakers)
                    }
                }
            }
        }
    }

    /// What a failed step makes of a run. A failure for good outranks a wait; once a run ends, that
    /// its other steps are cancelled says nothing new.
    private static func ending(
        _ ending: Ending?, orFailed failure: Failure, at step: String
    ) -> Ending {
        switch (ending, failure.kind) {
        case (nil, .cancelled): .interrupted
        case (nil, _): .failed(failure, stage: step)
        case (.parked, .transient), (.parked, .permanent): .failed(failure, stage: step)
        case (.some(let ending), _): ending
        }
    }

    private func recordPlan(_ plan: [String]) async {
        // On record with the first step of it that begins.
        session.note { $0.plan = plan }
    }

    /// Decides what is published, and in which order: as the steps stand in the plan, videos last,
    /// so that a viewer who sees the video finds what belongs to it. It follows from the steps, which
    /// are on record; so it goes there with the outcome.
    private func planPublication() async throws(Failure) {
        let files = session.record.filesToPublish
        var names: Set<ExactText> = []
        for file in files where !names.insert(ExactText(file.name)).inserted {
            throw Failure(
                .permanent, code: "output_twice", operation: "publish", subject: file.name,
                cause: "two steps made a file of that name", hint: "Give one another name")
        }
        let ordered = files.filter { !$0.isVideo } + files.filter(\.isVideo)
        session.note { $0.publication = ordered }
    }
}

extension SessionRecord.StepRecord {
    /// Whether all that it made is there as it was, or on its way to `final_output/` when a crash came;
    /// then `isPublishing` is set.
    fileprivate func isIntact(
        in session: Directory, _ isPublishing: inout Bool
    ) throws(Failure) -> Bool {
        for output in outputs where try !output.matches(in: session) {
            guard try output.isPublished(in: session) else { return false }
            isPublishing = true
        }
        return true
    }
}
