import Core
import Resilience
import Spool

/// A pipeline of programs from the configuration.
public struct CommandPipeline: Hashable, Sendable {
    /// One step: who can do it, and by what program.
    public struct Step: Hashable, Sendable {
        /// The step's name, unique in the pipeline.
        public var name: String
        /// Who can do it, in order of preference: at least one.
        public var providers: [Provider]
        /// The steps it waits for; the one before it if not said.
        public var needs: [String]?
        /// How long one attempt may take, in seconds, if the provider's section does not say.
        public var timeout: Double
        /// How long all attempts of one provider may take with the waits between them, in seconds;
        /// nil for any time.
        public var stepTimeout: Double?
        /// How often and when to try again; nil for what holds for the provider.
        public var retry: RetryPolicy?
        /// The names of the credentials that its program is given.
        public var credentials: [String]

        /// Makes a step.
        public init(
            name: String, providers: [Provider], needs: [String]? = nil, timeout: Double = 3600,
            stepTimeout: Double? = nil, retry: RetryPolicy? = nil, credentials: [String] = []
        ) {
            self.name = name
            self.providers = providers
            self.needs = needs
            self.timeout = timeout
            self.stepTimeout = stepTimeout
            self.retry = retry
            self.credentials = credentials
        }

        /// Makes a step with one provider that no other step has.
        public init(name: String, command: [String], needs: [String]? = nil, timeout: Double = 3600)
        {
            self.init(
                name: name, providers: [Provider(command: command)], needs: needs,
                timeout: timeout)
        }
    }

    /// One who can do a step.
    public struct Provider: Hashable, Sendable {
        /// Its name, by which it has its breaker and its limits; nil for one that is the step's own.
        public var name: String?
        /// The program and its arguments. `{job}` stands for the job spec as the session has it,
        /// `{session}` for its directory, and `{out}` for the directory the program runs in: a
        /// fresh one, whose files are published when the last step has succeeded, dotfiles left out.
        /// Where there is a video already, `{video}` stands for it.
        public var command: [String]

        /// Makes a provider.
        public init(name: String? = nil, command: [String]) {
            self.name = name
            self.command = command
        }
    }

    /// The steps, in order.
    public var steps: [Step]
    /// Whether they go on from the built-in pipeline, when all steps of that are finished.
    public var isAfterVideo: Bool

    /// Makes a pipeline.
    public init(steps: [Step], isAfterVideo: Bool = false) {
        self.steps = steps
        self.isAfterVideo = isAfterVideo
    }

    /// Where the files are that commands have to do with, as places in the session.
    public struct Places: Sendable {
        /// The job spec.
        public var spec = "metadata/job.json"
        /// The video, that `{video}` stands for; nil where there is none and it stands for itself.
        public var video: (@Sendable (SessionFiles) throws(Failure) -> String)?
        /// What became of the job, that `{receipt}` stands for; likewise.
        public var receipt: String?

        /// Makes the places of a pipeline that begins with the job spec.
        public init(spec: String = "metadata/job.json") { self.spec = spec }
    }

    /// The pipeline as the runner wants it; `spec` is the place of the job spec in the session.
    public func definition(
        _ name: String, spec: String = "metadata/job.json"
    ) -> PipelineDefinition {
        let steps = graph(name, Places(spec: spec))
        return PipelineDefinition(name) { _, _ in steps }
    }

    /// The same, going on from another pipeline: its steps come when all steps of that are finished.
    public func definition(
        _ name: String, after first: PipelineDefinition, _ places: Places
    ) -> PipelineDefinition {
        let own = graph(name, places)
        return PipelineDefinition(name) { files, finished throws(Failure) in
            let steps = try first.steps(files, finished)
            guard let last = steps.last, steps.allSatisfy({ finished.contains($0.name) }) else {
                return steps
            }
            return steps
                + own.map { step in
                    var step = step
                    if step.needs.isEmpty { step.needs = [last.name] }
                    return step
                }
        }
    }

    /// Throws if the steps cannot be brought into an order.
    public func validate() throws(Failure) {
        var state = PipelineState()
        try state.define(graph("", Places(spec: "")))
    }

    /// The names of all providers, as the pipeline of this name has them.
    public func providerNames(in pipeline: String) -> [String] {
        steps.flatMap { step in step.providers.map { step.name(of: $0, in: pipeline) } }
    }

    /// The steps of a pipeline of this name.
    func graph(_ name: String, _ places: Places) -> [Pipeline.Step] {
        steps.enumerated().map { index, step in
            Pipeline.Step(
                step.name, needs: step.needs ?? (index == 0 ? [] : [steps[index - 1].name]),
                providers: step.providers.map { step.provider($0, of: name, places) },
                timeout: .seconds(step.timeout), limit: step.stepTimeout.map { .seconds($0) },
                retry: step.retry)
        }
    }
}

extension CommandPipeline.Step {
    fileprivate func name(
        of provider: CommandPipeline.Provider, in pipeline: String
    ) -> String { provider.name ?? "\(pipeline)/\(name)" }

    fileprivate func provider(
        _ provider: CommandPipeline.Provider, of pipeline: String, _ places: CommandPipeline.Places
    ) -> Provider {
        Provider(name(of: provider, in: pipeline)) { files throws(Failure) in
            guard let program = provider.command.first else {
                throw Failure(
                    .permanent, code: "broken_pipeline", operation: "run the step", subject: name,
                    cause: "its command is empty")
            }
            var values = [
                "{job}": files.path(places.spec), "{session}": files.path("."),
                "{out}": files.work,
            ]
            if let receipt = places.receipt { values["{receipt}"] = files.path(receipt) }
            if let video = places.video, provider.names("{video}") {
                values["{video}"] = files.path(try video(files))
            }
            return Production(
                tools: [
                    ToolInvocation(
                        program,
                        provider.command.dropFirst().map { Self.substituting(values, in: $0) },
                        credentials: credentials)
                ],
                outputs: .everythingForPublication)
        }
    }

    /// Replaces the placeholders, in one pass: a value is never searched for others.
    static func substituting(_ values: [String: String], in text: String) -> String {
        var result = ""
        var rest = text[...]
        while let first = rest.first {
            if let (placeholder, value) = values.first(where: { rest.hasPrefix($0.key) }) {
                result += value
                rest = rest.dropFirst(placeholder.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}

extension CommandPipeline.Provider {
    /// Whether an argument holds this placeholder.
    public func names(_ placeholder: String) -> Bool {
        command.dropFirst().contains { $0.contains(placeholder) }
    }
}
