import Core
import Foundation
import Linux
import Resilience
import Spool
import Synchronization
import TestSupport

@testable import Pipeline

/// Says yes so many times.
final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    func next() -> Bool {
        left.withLock { left in
            left -= 1
            return left >= 0
        }
    }
}

/// A session to run pipelines for, with time that passes only when somebody sleeps.
struct PipelineSandbox {
    let spool: SpoolSandbox
    let session: Session
    let log = RecordingLog()
    private(set) var environment: PipelineEnvironment
    private let slept: Slept

    /// Remembers how long was slept.
    private final class Slept: Sendable {
        let times = Mutex<[Duration]>([])
    }

    init(
        breaker: BreakerSettings = BreakerSettings(), slots: Int = 8, isCaching: Bool = false,
        policies: [String: ProviderPolicy] = [:]
    ) async throws {
        let spool = try SpoolSandbox()
        try await self.init(spool, breaker: breaker, slots: slots, policies: policies)
        if isCaching { environment.cache = StepCache(in: spool.root[.state], limit: 1 << 30) }
    }

    /// Another session under the root of one.
    init(sharing other: PipelineSandbox) async throws {
        try await self.init(other.spool, breaker: BreakerSettings(), slots: 8)
        environment.cache = other.environment.cache
    }

    private init(
        _ spool: SpoolSandbox, breaker: BreakerSettings, slots: Int,
        policies: [String: ProviderPolicy] = [:]
    ) async throws {
        self.spool = spool
        session = try await spool.session()
        let (slept, time) = (Slept(), spool.time)
        self.slept = slept
        environment = PipelineEnvironment(
            tools: ToolRunner(
                searchPath: ["/usr/bin", "/bin"], grace: .seconds(1), root: spool.path,
                mark: spool.path),
            providers: ProviderBoard(
                ProviderPolicies(ProviderPolicy(breaker: breaker), named: policies), log: log,
                root: spool.root, now: { time.steady }, wall: { time.now }, random: { 0.5 }),
            slots: StepSlots(limit: slots), log: log, now: { time.now },
            sleep: { duration in
                try Task.checkCancellation()
                slept.times.withLock { $0.append(duration) }
                time.advance(by: duration)
            })
    }

    /// How long was slept between attempts.
    var sleeps: [Duration] { slept.times.withLock { $0 } }

    /// Runs a pipeline of these steps.
    func run(_ steps: [Step]) async -> String {
        await run(PipelineDefinition("test") { _, _ in steps })
    }

    /// Runs a pipeline; the ending in words.
    func run(_ definition: PipelineDefinition) async -> String {
        switch await runner(definition).run() {
        case .done: "done"
        case .failed(let failure, let stage): "failed \(stage ?? "pipeline"): \(failure.code)"
        case .parked(_, let stage, let wait, _): "parked \(stage): \(wait.text)"
        case .interrupted: "interrupted"
        }
    }

    func runner(_ definition: PipelineDefinition) -> PipelineRunner {
        PipelineRunner(definition, session: session, environment: environment)
    }

    func step(_ name: String) async -> SessionRecord.StepRecord? {
        session.record.steps[name]
    }

    /// The text of a file of the session.
    func text(_ place: String) -> String? { spool.text("outputs/\(session.id)/\(place)") }

    func write(_ text: String, to place: String) throws {
        try spool.write(text, to: "outputs/\(session.id)/\(place)")
    }

    func list(_ place: String) throws -> [String] {
        try spool.list("outputs/\(session.id)/\(place)")
    }

    /// How often a script of `counting` ran.
    func runs(_ name: String) -> Int {
        text("logs/\(name).count")?.count { $0 == "\n" } ?? 0
    }

    /// A step that runs a shell script in a working directory of its own, counts its runs in the
    /// session, and publishes what it leaves. `$session` is the session's directory.
    func step(
        _ name: String, _ script: String, needs: [String] = [], attempts: Int = 3,
        timeout: Duration = patience, urgency: Int = 0
    ) -> Step {
        Step(
            name, needs: needs, providers: [provider(name, script, countedAs: name)],
            timeout: timeout, retry: Self.retry(attempts), urgency: urgency)
    }

    /// A provider that runs a shell script.
    func provider(
        _ name: String, _ script: String, countedAs count: String,
        outputs: Production.Outputs = .everythingForPublication
    ) -> Provider {
        let directory = session.directory.path
        return Provider(name) { _ in
            Production(
                tools: [
                    ToolInvocation(
                        "sh", ["-c", "echo >>$session/logs/\(count).count\n\(script)"],
                        environment: ["session": directory])
                ], outputs: outputs)
        }
    }

    /// A provider that fails so, without running anything.
    func failing(
        _ name: String, _ kind: Failure.Kind, retryAfter: Double? = nil
    ) -> Provider {
        Provider(name) { _ throws(Failure) in
            throw Failure(
                kind, code: "test", operation: "do", subject: name, cause: "\(name) is broken",
                retryAfter: retryAfter)
        }
    }

    /// Waits of 1 s, 2 s, 4 s … at most 10 s, before the jitter of one half.
    static func retry(_ attempts: Int) -> RetryPolicy {
        RetryPolicy(attempts: attempts, backoff: Backoff(initial: .seconds(1), limit: .seconds(10)))
    }
}
