import Core

/// How far a pipeline is: a value that says what may start. It runs nothing.
public struct PipelineState: Sendable {
    private enum Status { case waiting, running, finished }

    private var steps: [String: Step] = [:]
    private var status: [String: Status] = [:]
    /// The names of all steps known, in the order they were defined.
    public private(set) var plan: [String] = []

    /// A pipeline nothing is known of.
    public init() {}

    /// Adds the steps that were not known before. Throws when the graph cannot be run: a name
    /// twice, a need for a step that there is not, or a circle.
    public mutating func define(_ all: [Step]) throws(Failure) {
        var defined: Set<String> = []
        for step in all {
            guard defined.insert(step.name).inserted else {
                throw Self.broken(step.name, "two steps have that name")
            }
            guard steps[step.name] == nil else { continue }
            steps[step.name] = step
            status[step.name] = .waiting
            plan.append(step.name)
        }
        for step in all {
            for need in step.needs where steps[need] == nil {
                throw Self.broken(step.name, "it needs the step '\(need)', which there is not")
            }
        }
        var placed: Set<String> = []
        var rest = plan
        while !rest.isEmpty {
            let free = rest.filter { steps[$0]?.needs.allSatisfy(placed.contains) ?? true }
            guard !free.isEmpty else { throw Self.broken(rest[0], "its needs lead back to itself") }
            placed.formUnion(free)
            rest.removeAll(where: placed.contains)
        }
    }

    /// The steps that may start now, the most urgent first; from now on they count as running.
    public mutating func takeReady() -> [Step] {
        let ready = plan.compactMap { steps[$0] }.filter { step in
            status[step.name] == .waiting && step.needs.allSatisfy { status[$0] == .finished }
        }
        for step in ready { status[step.name] = .running }
        return ready.enumerated()
            .sorted { ($1.element.urgency, $0.offset) < ($0.element.urgency, $1.offset) }
            .map(\.element)
    }

    /// Notes that a step is finished.
    public mutating func finish(_ name: String) { status[name] = .finished }

    /// The names of the finished steps.
    public var finished: Set<String> { Set(plan.filter { status[$0] == .finished }) }

    /// Whether every step known is finished.
    public var isFinished: Bool { status.values.allSatisfy { $0 == .finished } }

    /// The steps that cannot count as finished when those in `unfinished` are not: they, and all
    /// that need them, directly or not.
    public func dependents(of unfinished: Set<String>) -> Set<String> {
        var affected = unfinished
        var grew = true
        while grew {
            grew = false
            for step in steps.values
            where !affected.contains(step.name) && step.needs.contains(where: affected.contains) {
                affected.insert(step.name)
                grew = true
            }
        }
        return affected
    }

    private static func broken(_ step: String, _ cause: String) -> Failure {
        Failure(
            .permanent, code: "broken_pipeline", operation: "plan the step", subject: step,
            cause: cause, hint: "Correct the pipeline's definition")
    }
}
