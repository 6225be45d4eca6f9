import Core
import Spool

/// What steps share: the tools, the providers' gates, the slots, the log.
public struct PipelineEnvironment: Sendable {
    /// Runs tools.
    public var tools: ToolRunner
    /// What every call of a provider passes.
    public var providers: ProviderBoard
    /// Limits how many steps work at once.
    public var slots: StepSlots
    /// Says whether they end in time.
    public let deadlines = StepDeadlines()
    /// Where events go.
    public var log: any EventLog
    /// The wall clock.
    public var now: @Sendable () -> Timestamp
    /// What was made before, if anything is kept.
    public var cache: StepCache?
    /// Waits.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// How long a step that met a shortage of the machine is parked.
    public var waitForSpace: Duration = .seconds(60)

    /// Makes an environment.
    public init(
        tools: ToolRunner, providers: ProviderBoard, slots: StepSlots, log: any EventLog,
        now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        }
    ) {
        self.tools = tools
        self.providers = providers
        self.slots = slots
        self.log = log
        self.now = now
        self.sleep = sleep
    }
}
