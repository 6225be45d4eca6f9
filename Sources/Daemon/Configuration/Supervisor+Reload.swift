import Core
import Linux
import Pipeline
import Spool
import Systemd

/// Reading the configuration again, and going on by it.
extension Supervisor {
    /// The pipelines there are, by the configuration in force.
    var pipelines: Pipelines {
        Pipelines(configuration: configuration, missing: missingPipelines)
    }

    /// Reads the configuration again, beside the loop: its file is others', and so is its disk.
    func reload() {
        notifier.send(.reloadingNow)
        guard !isRereading else {
            // It may have changed since it was opened.
            rereadAgain = true
            return
        }
        isRereading = true
        Task(executorPreference: BlockingExecutor.upkeep) { [mailbox, reread] in
            do throws(Failure) {
                mailbox.report(.configurationRead(.success(try reread())))
            } catch {
                mailbox.report(.configurationRead(.failure(error)))
            }
        }
    }

    func configurationRead(_ result: Result<Configuration, Failure>) {
        isRereading = false
        guard !isDraining else { return }
        guard !rereadAgain else {
            rereadAgain = false
            return reload()
        }
        switch result {
        case .success(let new):
            refusal = nil
            adopt(new)
        case .failure(let failure):
            refusal = failure
            activity.record(
                Event(
                    .configurationRefused, "Kept the running configuration: \(failure)",
                    [.error: failure.code]))
        }
        notifier.send(.ready(status: currentStatus()))
    }

    private func adopt(_ new: Configuration) {
        var new = new
        if new.root != configuration.root {
            activity.record(
                Event(
                    .configurationRefused,
                    "The root stays \(configuration.root) until the daemon is restarted.",
                    priority: .warning))
            new.root = configuration.root
        }
        environment.slots.setLimit(new.steps.parallel)
        lookahead.limit = new.jobs.parallel
        environment.tools = ToolRunner(
            new, root: root.path, mark: environment.tools.mark,
            credentials: environment.tools.credentials)
        environment.waitForSpace = .seconds(new.jobs.spaceDelay)
        environment.providers.adopt(new.policies)
        if new.cache != configuration.cache { environment.cache?.setLimit(new.cache.maxBytes) }
        let isWatchedOtherwise =
            new.inbox.watch != configuration.inbox.watch
            || new.inbox.pollInterval != configuration.inbox.pollInterval
        let isKeptOtherwise =
            new.retention != configuration.retention
            || new.jobs.duplicateWindow != configuration.jobs.duplicateWindow
        missingPipelines.note(
            Pipelines.names(in: configuration), replacedBy: Set(Pipelines.names(in: new)),
            at: .now)
        configuration = new
        keepPipelines()
        if isKeptOtherwise { startRetention() }
        activity.pass(new.logLevel.priority)
        beginAnew()
        if isWatchedOtherwise { armWatch() }
        // What was a job may be none now, and the other way round.
        queue.forgetWaiting(ageing: new.jobs.ageing)
        lookThroughInbox()
        activity.record(
            Event(.configurationReloaded, "Reloaded the configuration.\(remarkOnPipelines)"))
        survey()
    }

    /// Tells what the configuration needs and is missing. Nothing waits for that.
    func survey() {
        let survey = Survey(configuration, environment.tools)
        Task(executorPreference: BlockingExecutor.upkeep) { [activity] in
            for failure in await survey.findings() {
                activity.record(
                    Event(.requirementMissing, "\(failure)", [.error: failure.code]))
            }
        }
    }

    /// Takes over which pipelines the last daemon had, so that a configuration that is broken at a restart costs
    /// no more jobs than at a reload.
    func recallPipelines() {
        do throws(Failure) {
            if let known = try KnownPipelines.read(in: root) {
                missingPipelines.take(
                    known, replacedBy: Set(Pipelines.names(in: configuration)), at: .now,
                    Timestamp.now)
                // Nothing has been looked at yet.
                beginAnew()
            }
            // Before anything is begun by them, and so not beside the loop.
            let known = pipelinesToKnow
            try known.write(in: root)
            knownPipelines = known
        } catch {
            complain(error)
        }
    }

    private var pipelinesToKnow: KnownPipelines {
        missingPipelines.known(
            with: Pipelines.names(in: configuration), grace: pipelineGrace, at: .now, Timestamp.now)
    }

    private func keepPipelines() {
        let known = pipelinesToKnow
        guard known != knownPipelines else { return }
        knownPipelines = known
        errands.run("pipelines") { [root, activity] in
            do throws(Failure) { try known.write(in: root) } catch {
                activity.record(Event(.spoolProblem, "\(error)", [.error: error.code]))
            }
        }
    }

    private var pipelineGrace: Duration { .seconds(configuration.jobs.pipelineGrace) }

    /// Says what is waited for, as a sentence behind another.
    var remarkOnPipelines: String {
        let grace = pipelineGrace
        let missing = missingPipelines.names.filter {
            missingPipelines.wait(for: $0, grace: grace, at: .now) != nil
        }
        guard !missing.isEmpty else { return "" }
        let names = missing.joined(separator: ", ")
        return
            " Missing from the configuration: \(names); jobs wait for that, \(grace.text) at most."
    }
}
