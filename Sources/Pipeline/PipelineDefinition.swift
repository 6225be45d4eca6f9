import Core

/// What a pipeline is made of, as far as can be known yet.
///
/// Some steps are known only when an earlier one is finished: how many scenes there are is known
/// when the script is written. So a pipeline is a function from the finished steps to a graph,
/// asked again whenever a step finishes; what it said before it keeps saying.
public struct PipelineDefinition: Sendable {
    /// Its name, as a job's `pipeline` field gives it.
    public var name: String
    /// The steps known when those in `finished` are done. Throws when the job cannot be made.
    public var steps:
        @Sendable (_ files: SessionFiles, _ finished: Set<String>) throws(Failure) -> [Step]

    /// Makes a definition.
    public init(
        _ name: String,
        steps:
            @escaping @Sendable (SessionFiles, Set<String>) throws(Failure) -> [Step]
    ) {
        self.name = name
        self.steps = steps
    }
}
