import Core
import Spool

/// Whether finished steps are what the machine would make now: scenes of two builds of a program are not to
/// meet in one video.
extension PipelineRunner {
    /// Whether every step is, now that all are finished.
    func isUpToDate() async throws(Failure) -> Bool {
        let record = session.record
        guard record.steps.values.contains(where: { $0.machine != nil }) else { return true }
        let finished = Set(record.steps.filter { $0.value.state == .finished }.keys)
        return await outdated(try definition.steps(SessionView(session), finished)).isEmpty
    }

    /// Those of these finished steps that were made with a part of the machine that is another by now, with
    /// the names of the parts. What nobody knows the parts of stays as it is.
    func outdated(_ steps: [Step]) async -> [String: [String]] {
        let record = session.record
        var versions: [MachinePart: String] = [:]
        var found: [String: [String]] = [:]
        for step in steps {
            guard let made = record.steps[step.name], let recorded = made.machine,
                let provider = step.providers.first(where: { $0.name == made.provider })
            else { continue }
            for part in provider.machine ?? [] {
                if versions[part] == nil {
                    versions[part] = await environment.tools.versions(of: [part])[part.name]
                }
                // What cannot be told shows no change.
                guard let before = recorded[part.name], let now = versions[part], before != now
                else { continue }
                found[step.name, default: []].append(part.name)
            }
        }
        return found
    }

    /// Says that a finished step is made again, and why.
    func tell(_ step: String, isOutdatedBy parts: [String]) {
        let record = session.record
        environment.log.record(
            Event(
                .stepOutdated,
                "Step \(step) of \(record.job) is made again, with all that was made from it: \(parts.joined(separator: ", ")) \(parts.count == 1 ? "is" : "are") not what made it.",
                [.session: session.id.description, .job: record.job, .step: step]))
    }
}
