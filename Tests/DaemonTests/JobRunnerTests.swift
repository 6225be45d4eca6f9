import Core
import Foundation
import Linux
import Pipeline
import Resilience
import TestSupport
import Testing

@testable import Daemon
@testable import Spool

@Suite struct JobRunnerTests {
    private let sandbox: SpoolSandbox
    private let log = RecordingLog()
    private let runner: JobRunner

    init() throws {
        let sandbox = try SpoolSandbox()
        self.sandbox = sandbox
        var configuration = Configuration()
        configuration.pipelines = [
            "copy": CommandPipeline(steps: [
                .init(name: "copy", command: ["cp", "{job}", "{out}/job.json"])
            ]),
            "fail": CommandPipeline(steps: [.init(name: "stop", command: ["false"])]),
            "block": CommandPipeline(steps: [
                .init(name: "block", command: ["mkdir", "{session}/metadata/.session.json.new"])
            ]),
            "remove": CommandPipeline(steps: [
                .init(
                    name: "remove",
                    command: [
                        "sh", "-c",
                        #"rm -r "{session}$(sed 's/.*"part": "\([^"]*\)".*/\1/' {job})""#,
                    ])
            ]),
            "busy": CommandPipeline(steps: [.init(name: "call", command: ["sh", "-c", "exit 69"])]),
        ]
        let root = sandbox.root
        let time = sandbox.time
        runner = JobRunner(
            root: root, inbox: root[.inbox], pipelines: Pipelines(configuration: configuration),
            archive: Archive(root: root), worker: Worker(in: root),
            environment: PipelineEnvironment(
                tools: ToolRunner(configuration, root: root.path, mark: root.path),
                providers: ProviderBoard(log: log),
                slots: StepSlots(limit: 2), log: log, now: { time.now }),
            claimed: { _, _ in })
    }

    /// Drops a spec and runs it as the supervisor would.
    private func run(_ name: FileName, _ spec: String) async throws -> JobRunner.Ending {
        try sandbox.drop(name, spec)
        return await runner.run(.file(name))
    }

    private func spec(_ pipeline: String, _ more: String = "") -> String {
        #"{"topic": "snails", "pipeline": "\#(pipeline)"\#(more)}"#
    }

    /// The only session there is.
    private func session() throws -> SessionID {
        let names = try sandbox.list("outputs").filter { $0 != ".staging" }
        return try #require(names.first.flatMap { SessionID($0) })
    }

    @Test func aJobThatSucceedsIsFiledUnderDoneWithItsOutputs() async throws {
        let ending = try await run("a.json", spec("copy"))
        guard case .filed(.done) = ending else { throw Unexpected(what: "\(ending)") }
        #expect(try sandbox.list("done") == ["a.json", "a.json.receipt"])
        let receipt = try sandbox.receipt("done/a.json.receipt")
        let path = try #require(receipt.outputs.first?.path)
        #expect(sandbox.text(path) == spec("copy"))
        #expect(receipt.pipeline == "copy" && receipt.error == nil)
        #expect(
            try sandbox.list("outputs/\(session())") == Session.directories.sorted(),
            "the work is removed")
        #expect(log.events.map(\.kind).first == .jobClaimed && log.events.last?.kind == .jobDone)
    }

    @Test func aJobThatFailsIsFiledUnderFailedAndSaysWhere() async throws {
        let ending = try await run("a.json", spec("fail"))
        guard case .filed(.failed) = ending else { throw Unexpected(what: "\(ending)") }
        let receipt = try sandbox.receipt("failed/a.json.receipt")
        #expect(receipt.error?.stage == "stop" && receipt.error?.code == "tool_failed")
        #expect(receipt.session == (try session()) && receipt.attempts == ["stop": 1])
        #expect(log.events(.jobFailed).first?.fields[.step] == "stop")
    }

    @Test func aJobWhoseProviderIsUnavailableIsDeferredUntilThen() async throws {
        let ending = try await run("a.json", spec("busy"))
        guard case .parked(let id, let until, _, _, _) = ending else {
            throw Unexpected(what: "\(ending)")
        }
        #expect(until.since(sandbox.time.now) == .seconds(1))
        #expect(try sandbox.list("deferred") == ["\(id).json"])
        #expect(
            try sandbox.root[.deferred].status("\(id).json")?.modified == until.secondsSince1970)
        // Taken up again, it goes on: no second session.
        let again = await runner.run(.session(id))
        guard case .parked(id, _, _, _, _) = again else { throw Unexpected(what: "\(again)") }
        #expect(try session() == id && log.events(.jobResumed).count == 1)
    }

    @Test func aJobWhosePipelineIsWaitedForIsDeferred() async throws {
        guard case .parked(let id, _, _, _, _) = try await run("a.json", spec("busy")) else {
            throw Unexpected(what: "it was not parked")
        }
        var missing = MissingPipelines()
        missing.note(["busy"], replacedBy: [], at: .now)
        let without = JobRunner(
            root: runner.root, inbox: runner.inbox,
            pipelines: Pipelines(configuration: Configuration(), missing: missing),
            archive: runner.archive, worker: runner.worker, environment: runner.environment,
            claimed: { _, _ in })
        let ending = await without.run(.session(id))
        guard case .parked(id, _, let wait?, _, _) = ending else {
            throw Unexpected(what: "\(ending)")
        }
        #expect(wait <= .seconds(Configuration().jobs.retryDelay))
        #expect(try sandbox.list("deferred") == ["\(id).json"])
        #expect(log.events(.jobDeferred).last?.message.contains("pipeline 'busy'") == true)
        // And taken up with it again.
        guard case .parked = await runner.run(.session(id)) else {
            throw Unexpected(what: "it does not go on")
        }
    }

    @Test func aJobWaitsForItsTimeEvenAfterACrashBeforeItWasParked() async throws {
        let early = spec("copy", #", "not_before": "2026-11-23T05:00:00Z""#)
        let ending = try await run("a.json", early)
        guard case .parked(let id, let until, _, _, _) = ending else {
            throw Unexpected(what: "\(ending)")
        }
        #expect(until.description == "2026-11-23T05:00:00Z")
        try sandbox.move("deferred/\(id).json", to: "active/\(id).json")
        let again = await runner.run(.session(id))
        guard case .parked(id, until, _, _, _) = again else { throw Unexpected(what: "\(again)") }
        // Whoever takes it from deferred/ wants it now.
        let due = await runner.run(.session(id))
        guard case .filed(.done) = due else { throw Unexpected(what: "\(due)") }
    }

    @Test func whatTurnsOutToBeNoJobIsRejected() async throws {
        try sandbox.drop("a.json", spec("copy"))
        try sandbox.drop("a.json", "no")
        let ending = await runner.run(.file("a.json"))
        guard case .filed(.rejected) = ending else { throw Unexpected(what: "\(ending)") }
        #expect(try sandbox.list("rejected") == ["a.json", "a.json.receipt"])
        #expect(try sandbox.receipt("rejected/a.json.receipt").error?.code == "invalid_spec")
        #expect(try sandbox.list("outputs") == [".staging"])
        #expect(try sandbox.list("outputs/.staging").isEmpty)
    }

    @Test func aClaimedJobThatTheSpoolFailsIsTakenUpBySession() async throws {
        // The archive cannot write the receipt: a directory is in the place of its draft.
        let draft = "state/done-\(FileName("a.json").checksum).new"
        try sandbox.make("\(draft)/x")
        let ending = try await run("a.json", spec("copy"))
        guard case .stuck(let entry, _) = ending else { throw Unexpected(what: "\(ending)") }
        let id = try session()
        #expect(entry == .claim(id))
        #expect(try sandbox.list("active") == ["\(id).json"])
        try sandbox.remove(draft)
        let again = await runner.run(entry)
        guard case .filed(.done) = again else { throw Unexpected(what: "\(again)") }
        #expect(try sandbox.receipt("done/a.json.receipt").attempts == ["copy": 1])
        #expect(try session() == id && log.events(.stepStarted).count == 1)
    }

    @Test func aSpoolThatFailsAgainAndAgainIsNoDeathOfTheDaemon() async throws {
        // Nothing can be recorded any more once its step has run.
        let ending = try await run("a.json", spec("block"))
        guard case .stuck(let entry, _) = ending else { throw Unexpected(what: "\(ending)") }
        for _ in 1...4 {
            try sandbox.remove("outputs/\(session())/metadata/.session.json.new")
            let again = await runner.run(entry)
            guard case .stuck = again else { throw Unexpected(what: "\(again)") }
        }
    }

    @Test func threeDaemonsThatDieOverAJobAreEnough() async throws {
        let ending = try await run("a.json", spec("busy"))
        guard case .parked(let id, _, _, _, _) = ending else { throw Unexpected(what: "\(ending)") }
        for daemon in 1...3 {
            let session = try Session.open(id, in: sandbox.root)
            try session.update { $0.worker = "daemon \(daemon)" }
            let again = await runner.run(.session(id))
            switch (daemon, again) {
            case (1...2, .parked), (3, .filed(.failed)): break
            default: throw Unexpected(what: "\(again) after \(daemon)")
            }
        }
        #expect(try sandbox.receipt("failed/a.json.receipt").error?.code == "poison")
    }

    /// A machine that went down is no daemon that died.
    @Test func aJobIsNotSuspectedOfWhatTheMachineDid() async throws {
        let ending = try await run("a.json", spec("busy"))
        guard case .parked(let id, _, _, _, _) = ending else { throw Unexpected(what: "\(ending)") }
        for daemon in 1...5 {
            let session = try Session.open(id, in: sandbox.root)
            try session.update { record in
                record.worker = "daemon \(daemon)"
                record.boot = "boot \(daemon)"
            }
            let again = await runner.run(.session(id))
            guard case .parked = again else { throw Unexpected(what: "\(again) after \(daemon)") }
        }
    }

    /// It is said once, and the job stays where it is for the version that knows it.
    @Test func aSessionOfAnotherVersionIsLeftAlone() async throws {
        let ending = try await run("a.json", spec("busy"))
        guard case .parked(let id, _, _, _, _) = ending else { throw Unexpected(what: "\(ending)") }
        let place = "outputs/\(id)/metadata/session.json"
        let text = (sandbox.text(place) ?? "").replacing(
            "\"format\" : 1", with: "\"format\" : 2")
        try sandbox.write(text, to: place)
        let again = await runner.run(.session(id))
        guard case .leftAlone = again else { throw Unexpected(what: "\(again)") }
        #expect(try sandbox.list("deferred") == ["\(id).json"] && sandbox.text(place) == text)
        #expect(log.events(.spoolProblem).map { $0.fields[.error] } == ["record_newer"])
    }

    @Test func aClaimThatGotAsFarAsBeingParkedIsTakenUpFromThere() async throws {
        let early = spec("copy", #", "not_before": "2026-11-23T05:00:00Z""#)
        let ending = try await run("a.json", early)
        guard case .parked(let id, let until, _, _, _) = ending else {
            throw Unexpected(what: "\(ending)")
        }
        let again = await runner.run(.claim(id))
        guard case .parked(id, until, _, _, _) = again else { throw Unexpected(what: "\(again)") }
        #expect(try sandbox.list("deferred") == ["\(id).json"])
    }

    /// In the middle of its work: by its own tool here.
    @Test(arguments: ["", "/metadata"])
    func aJobWhoseSessionIsRemovedEndsUnderItsName(_ part: String) async throws {
        let ending = try await run("a.json", spec("remove", #", "labels": {"part": "\#(part)"}"#))
        guard case .filed(.failed) = ending else { throw Unexpected(what: "\(ending)") }
        #expect(try sandbox.list("failed") == ["a.json", "a.json.receipt"])
        let error = try sandbox.receipt("failed/a.json.receipt").error
        #expect(error?.code == "session_removed")
        let id = try #require(log.events(.jobClaimed).first?.fields[.session])
        #expect(
            error?.message.contains("outputs/\(id)\(part) is not there any more") == true,
            "\(error?.message ?? "")")
        #expect(log.events(.jobFailed).count == 1 && log.events(.spoolProblem).isEmpty)
        #expect(try sandbox.list("active").isEmpty)
    }

    /// By somebody while it waits; `known` is whether the daemon remembers its name.
    @Test(arguments: [true, false], [true, false])
    func aJobWhoseSessionWasRemovedEnds(_ known: Bool, _ hasID: Bool) async throws {
        let ending = try await run("a.json", spec("busy", hasID ? #", "id": "x""# : ""))
        guard case .parked(let id, _, _, _, _) = ending else { throw Unexpected(what: "\(ending)") }
        try sandbox.remove("outputs/\(id)")
        var runner = runner
        if known { runner.job = "a.json" }
        let again = await runner.run(.session(id))
        guard case .filed(.failed) = again else { throw Unexpected(what: "\(again)") }
        let name = known || hasID ? "a.json" : "\(id).json"
        #expect(try sandbox.list("failed") == [name, "\(name).receipt"])
        let error = try #require(try sandbox.receipt("failed/\(name).receipt").error)
        #expect(error.code == "session_removed")
        #expect(
            error.message.contains("the name that the job was dropped under") == !(known || hasID))
        #expect(log.events(.jobFailed).count == 1 && log.events(.spoolProblem).isEmpty)
    }

    @Test func aJobWhoseSpecWasRemovedFromItsSessionFails() async throws {
        let ending = try await run("a.json", spec("busy"))
        guard case .parked(let id, _, _, _, _) = ending else { throw Unexpected(what: "\(ending)") }
        try sandbox.remove("outputs/\(id)/metadata/job.json")
        _ = await runner.run(.session(id))
        let error = try sandbox.receipt("failed/a.json.receipt").error
        #expect(error?.code == "session_removed")
    }

    @Test func anOutcomeOnRecordIsFiledWithoutRunningAnything() async throws {
        _ = try await run("a.json", spec("fail"))
        let id = try session()
        // A crash before the rename: the file is still in active/.
        try sandbox.move("failed/a.json", to: "active/\(id).json")
        let ending = await runner.run(
            .session(id))
        guard case .filed(.failed) = ending else { throw Unexpected(what: "\(ending)") }
        #expect(try sandbox.list("failed") == ["a.json", "a.json.receipt"])
        #expect(log.events(.stepStarted).count == 1)
    }

    @Test func aJobThatIsNowhereIsGone() async throws {
        let id = SessionID(at: 1, JobHandle(1))
        let ending = await runner.run(.session(id))
        guard case .gone = ending else { throw Unexpected(what: "\(ending)") }
    }
}
