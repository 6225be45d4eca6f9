import Core
import Spool

/// Calls the hooks of a job that has come to its end, from wherever that is, one after another. One that was
/// called to its end is not called again.
public struct HookRunner: Sendable {
    /// How a run ended.
    public enum Ending: Sendable {
        /// All have been called, or never will be.
        case over
        /// One cannot be called for now: why, which, for how long, and whose breakers are in the way.
        case parked(Failure, hook: String, wait: Duration, breakers: [String])
        /// The daemon wants to stop; another run goes on from here.
        case interrupted
    }

    let hooks: Hooks
    let session: Session
    let outcome: SessionRecord.Outcome
    let spec: String
    let environment: PipelineEnvironment

    /// Calls `hooks` for a session that has ended so; `spec` is the place of its job spec.
    public init(
        _ hooks: Hooks, session: Session, outcome: SessionRecord.Outcome, spec: String,
        environment: PipelineEnvironment
    ) {
        self.hooks = hooks
        self.session = session
        self.outcome = outcome
        self.spec = spec
        self.environment = environment
    }

    /// Whether any is left to be called.
    public var isDue: Bool {
        hooks[outcome.state].contains { session.record.hooks?[$0.name] == nil }
    }

    /// Calls those that are left. Cancelling the task ends their programs and returns `.interrupted`.
    public func run() async throws(Failure) -> Ending {
        try forgiveCutShort()
        var state = PipelineState()
        try state.define(
            hooks.steps(outcome.state, spec: spec, video: session.record.video))
        var parked: Ending?
        while true {
            let ready = state.takeReady()
            guard !ready.isEmpty else { break }
            for step in ready {
                let name = SessionRecord.hookName(step.name)
                if let end = session.record.hooks?[name] {
                    // Those that need one that failed are never ready, and are told of below.
                    if end.failure == nil { state.finish(step.name) }
                    continue
                }
                switch await call(step) {
                case .finished:
                    try settle(name, nil)
                    state.finish(step.name)
                case .failed(let failure) where failure.kind == .cancelled: return .interrupted
                case .failed(let failure): try settle(name, failure)
                case .parked(let failure, let wait, let breakers):
                    let left = left
                    guard left > .zero else {
                        try settle(name, failure)
                        continue
                    }
                    parked =
                        parked
                        ?? .parked(
                            failure, hook: name, wait: min(wait, left), breakers: breakers)
                }
            }
        }
        if let parked { return parked }
        for hook in hooks[outcome.state] where session.record.hooks?[hook.name] == nil {
            try settle(hook.name, Self.skipped(hook.name))
        }
        return .over
    }

    /// Calls one, unless it is on record what came of that.
    private func call(_ step: Step) async -> StepRunner.Ending {
        let known = session.record.steps[step.name]
        if known?.state == .finished { return .finished }
        if known?.state == .failed, let failure = known?.failure, failure.kind == .permanent {
            return .failed(failure)
        }
        return await StepRunner(
            step: step, session: session, job: session.record.job, environment: environment
        ).run()
    }

    /// Takes back the attempt that a crash cut short: no fault of the hook.
    private func forgiveCutShort() throws(Failure) {
        try session.update { record in
            for (name, step) in record.steps
            where SessionRecord.isHookStep(name) && step.state == .running {
                var step = step
                step.forgiveLastAttempt()
                step.state = .failed
                record.steps[name] = step
            }
        }
    }

    /// Puts it on record that none of those that are left will be called, and why.
    public func giveUp(code: String, because cause: String) throws(Failure) {
        for hook in hooks[outcome.state] where session.record.hooks?[hook.name] == nil {
            let step = SessionRecord.hookStep(hook.name, outcome.state)
            let isBegun = session.record.steps[step] != nil
            try settle(
                hook.name,
                Failure(
                    .permanent, code: code,
                    operation: isBegun ? "finish the hook" : "call the hook", subject: hook.name,
                    cause: cause))
        }
    }

    /// How much longer is waited for one that cannot be called.
    private var left: Duration {
        let asked = session.record.hooksAsked
        let passed = asked == nil ? outcome.ended.flatMap { BootMoment.now?.since($0) } : nil
        let waited =
            passed ?? max(.zero, environment.now().since(asked ?? outcome.finished))
        return .seconds(hooks.patience) - waited
    }

    /// It is over with a hook.
    private func settle(_ hook: String, _ failure: Failure?) throws(Failure) {
        try session.update { record in
            record.hooks = (record.hooks ?? [:]).merging([hook: .init(failure: failure)]) { $1 }
        }
        guard let failure else { return }
        let job = session.record.job
        environment.log.record(
            Event(
                .hookFailed,
                "Hook \(hook) of \(job) failed: \(failure) The job is \(outcome.state.rawValue) all the same; 'reelctl retry --hooks' calls it again.",
                [
                    .session: session.id.description, .job: job,
                    .step: SessionRecord.hookStep(hook, outcome.state), .error: failure.code,
                ]))
    }

    private static func skipped(_ hook: String) -> Failure {
        Failure(
            .permanent, code: SessionRecord.HookEnd.skipped, operation: "call the hook",
            subject: hook,
            cause: "a hook that it needs has failed",
            hint: "Give it \"needs\": [] if it is to be called all the same")
    }
}
