import Core
import Spool

/// The commands that are called when a job has come to its end, from the section `on` of the configuration.
///
/// They are steps like those of a pipeline, with attempts, breakers and records of their own, and are called
/// one after another before the job's file goes where it belongs. What becomes of them changes nothing about
/// how the job has ended.
public struct Hooks: Hashable, Sendable {
    /// Those of jobs that are done.
    public var done: [CommandPipeline.Step] = []
    /// Those of jobs that have failed, but for those that were cancelled.
    public var failed: [CommandPipeline.Step] = []
    /// Those of files that were no jobs.
    public var rejected: [CommandPipeline.Step] = []
    /// How long a job waits for a hook that cannot be called, in seconds from its end.
    public var patience = 86_400.0

    /// No hooks.
    public init() {}

    /// Those for jobs that go to this directory.
    public subscript(_ state: SpoolDirectory) -> [CommandPipeline.Step] {
        get {
            switch state {
            case .done: done
            case .failed: failed
            case .rejected: rejected
            default: []
            }
        }
        set {
            switch state {
            case .done: done = newValue
            case .failed: failed = newValue
            case .rejected: rejected = newValue
            default: break
            }
        }
    }

    /// Whether there is one that failed for an ended job, or that was not there when it ended.
    public func areToBeCalledAgain(of record: SessionRecord) -> Bool {
        guard let outcome = record.outcome, !outcome.isCancelled else { return false }
        return self[outcome.state].contains { hook in
            record.hooks?[hook.name].map { $0.failure != nil } ?? true
        }
    }

    /// Their name as a pipeline, `on.done`, by which their providers are named: `on.done/deliver`.
    public static func pipeline(_ state: SpoolDirectory) -> String { "on.\(state.rawValue)" }

    /// Those for jobs that go to this directory as steps, named `on.done.deliver`; `video` is the name of the
    /// published one.
    func steps(_ state: SpoolDirectory, spec: String, video: String?) -> [Step] {
        var places = CommandPipeline.Places(spec: spec)
        places.receipt = Session.receiptPlace
        places.video = { _ throws(Failure) in
            if let video { return "final_output/\(video)" }
            throw Failure(
                .permanent, code: "no_video", operation: "call the hook", subject: "{video}",
                cause: "the job published no video",
                hint: "Give hooks {session}, which has all that was made, or {receipt}")
        }
        let pipeline = Self.pipeline(state)
        return CommandPipeline(steps: self[state]).graph(pipeline, places).map { step in
            var step = step
            step.name = SessionRecord.hookStep(step.name, state)
            step.needs = step.needs.map { SessionRecord.hookStep($0, state) }
            step.providers = step.providers.map { $0.withoutOutputs }
            return step
        }
    }
}

extension Provider {
    /// The same, but nothing that it leaves is kept.
    fileprivate var withoutOutputs: Provider {
        var provider = self
        provider.produce = { files throws(Failure) in
            var production = try produce(files)
            production.outputs = .files([])
            return production
        }
        return provider
    }
}
