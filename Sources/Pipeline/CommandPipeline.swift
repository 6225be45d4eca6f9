import Core
import Resilience
import Spool

/// A pipeline of programs from the configuration.
public struct CommandPipeline: Hashable, Codable, Sendable {
    /// One step: a program and its arguments.
    public struct Step: Hashable, Codable, Sendable {
        /// The step's name, unique in the pipeline.
        public var name: String
        /// The program and its arguments. `{job}` stands for the session's copy of the job spec,
        /// `{session}` for its directory, and `{out}` for the directory the program runs in: a
        /// fresh one, whose files are published when the last step has succeeded, dotfiles left out.
        public var command: [String]
        /// The steps it waits for; the one before it if not said.
        public var needs: [String]?
        /// How long one attempt may take, in seconds.
        public var timeout: Double

        /// Makes a step.
        public init(name: String, command: [String], needs: [String]? = nil, timeout: Double = 3600)
        {
            self.name = name
            self.command = command
            self.needs = needs
            self.timeout = timeout
        }
    }

    /// The steps, in order.
    public var steps: [Step]

    /// Makes a pipeline.
    public init(steps: [Step]) { self.steps = steps }

    /// The pipeline as the runner wants it.
    public func definition(_ name: String, retry: RetryPolicy) -> PipelineDefinition {
        let steps = graph(name, retry)
        return PipelineDefinition(name) { _, _ in steps }
    }

    /// Throws if the steps cannot be brought into an order.
    public func validate() throws(Failure) {
        var state = PipelineState()
        try state.define(
            graph("", RetryPolicy(attempts: 1, backoff: Backoff(initial: .zero, limit: .zero))))
    }

    private func graph(_ name: String, _ retry: RetryPolicy) -> [Pipeline.Step] {
        steps.enumerated().map { index, step in
            Pipeline.Step(
                step.name, needs: step.needs ?? (index == 0 ? [] : [steps[index - 1].name]),
                providers: [step.provider(of: name)], timeout: .seconds(step.timeout), retry: retry)
        }
    }
}

extension CommandPipeline.Step {
    fileprivate func provider(of pipeline: String) -> Provider {
        Provider("\(pipeline)/\(name)") { files throws(Failure) in
            guard let program = command.first else {
                throw Failure(
                    .permanent, code: "broken_pipeline", operation: "run the step", subject: name,
                    cause: "its command is empty")
            }
            let values = [
                "{job}": files.path("metadata/job.json"), "{session}": files.path("."),
                "{out}": files.path(Session.workPlace(step: name)),
            ]
            return Production(
                tools: [
                    ToolInvocation(
                        program, command.dropFirst().map { Self.substituting(values, in: $0) })
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
