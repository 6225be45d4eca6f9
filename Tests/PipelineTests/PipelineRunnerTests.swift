import Core
@preconcurrency import Dispatch
import Foundation
import Glibc
import Linux
import Resilience
import Spool
import TestSupport
import Testing

@testable import Pipeline

@Suite struct PipelineRunnerTests {
    @Test func runsStepsInTheOrderOfTheirNeeds() async throws {
        let sandbox = try await PipelineSandbox()
        let note = { (name: String) in "echo \(name) >>$session/logs/order; echo >\(name)" }
        #expect(
            await sandbox.run([
                sandbox.step("c", note("c"), needs: ["b"]), sandbox.step("a", note("a")),
                sandbox.step("b", note("b"), needs: ["a"]),
            ]) == "done")
        #expect(sandbox.text("logs/order") == "a\nb\nc\n")
        #expect(sandbox.session.record.plan == ["c", "a", "b"])
    }

    @Test func independentStepsRunAtTheSameTime() async throws {
        let sandbox = try await PipelineSandbox()
        // Each opens a FIFO the other opens as well: alone, none would end.
        mkfifo("\(sandbox.session.directory.path)/logs/fifo", 0o600)
        #expect(
            await sandbox.run([
                sandbox.step("a", "echo >$session/logs/fifo; echo >a"),
                sandbox.step("b", "cat <$session/logs/fifo >b"),
            ]) == "done")
    }

    @Test func publishesInTheOrderOfThePlanWithVideosLast() async throws {
        let sandbox = try await PipelineSandbox()
        #expect(
            await sandbox.run([
                sandbox.step("a", "touch z.MP4 b.webm"), sandbox.step("b", "touch y.srt a.mkv"),
                sandbox.step("c", "touch c.jpg", needs: ["a"]),
            ]) == "done")
        let record = sandbox.session.record
        #expect(
            record.publication?.map(\.name) == ["y.srt", "c.jpg", "b.webm", "z.MP4", "a.mkv"])
        #expect(
            try sandbox.list("final_output") == ["a.mkv", "b.webm", "c.jpg", "y.srt", "z.MP4"])
    }

    @Test func twoStepsMayNotPublishOneName() async throws {
        let sandbox = try await PipelineSandbox()
        #expect(
            await sandbox.run([sandbox.step("a", "echo 1 >x"), sandbox.step("b", "echo 2 >x")])
                == "failed pipeline: output_twice")
        #expect(try sandbox.list("final_output").isEmpty)
    }

    @Test func aPermanentFailureStopsTheOthersAndStartsNoMore() async throws {
        let sandbox = try await PipelineSandbox()
        mkfifo("\(sandbox.session.directory.path)/logs/fifo", 0o600)
        #expect(
            await sandbox.run([
                sandbox.step("slow", "echo >$session/logs/fifo; sleep 1000"),
                sandbox.step("bad", "cat <$session/logs/fifo; exit 1"),
                sandbox.step("later", "echo >x", needs: ["bad"]),
            ]) == "failed bad: tool_failed")
        #expect(sandbox.runs("later") == 0)
        #expect(await sandbox.step("slow")?.attempts == 0, "it was not its fault")
        #expect(await sandbox.step("slow")?.state == .failed)
    }

    @Test func aParkedRunLetsFinishWhatRuns() async throws {
        let sandbox = try await PipelineSandbox()
        let parked = Step(
            "parked", providers: [sandbox.failing("p", .unavailable)], timeout: patience,
            retry: PipelineSandbox.retry(1))
        // Ends when the other step's failure is on record.
        let paid = sandbox.step(
            "paid", "until grep -q broken $session/metadata/session.json; do :; done; echo >a")
        let after = sandbox.step("after", "echo >b", needs: ["paid"])
        #expect(await sandbox.run([parked, paid, after]) == "parked parked: 1.0 s")
        #expect(await sandbox.step("paid")?.state == .finished)
        #expect(sandbox.runs("after") == 0)
    }

    @Test func aFailureForGoodOutranksAWait() async throws {
        let sandbox = try await PipelineSandbox()
        let parked = Step(
            "parked", providers: [sandbox.failing("p", .unavailable)], timeout: patience,
            retry: PipelineSandbox.retry(1))
        let bad = sandbox.step(
            "bad", "until grep -q broken $session/metadata/session.json; do :; done; exit 1")
        #expect(await sandbox.run([parked, bad]) == "failed bad: tool_failed")
    }

    @Test func anotherRunGoesOnWhereTheFirstStopped() async throws {
        let sandbox = try await PipelineSandbox()
        let first = sandbox.step("first", "echo 1 >a")
        let bad = sandbox.step("second", "exit 1", needs: ["first"])
        #expect(await sandbox.run([first, bad]) == "failed second: tool_failed")
        let good = sandbox.step("second", "echo 2 >b", needs: ["first"])
        #expect(await sandbox.run([first, good]) == "done")
        #expect(sandbox.runs("first") == 1 && sandbox.runs("second") == 2)
        #expect(try sandbox.list("final_output") == ["a", "b"])
        #expect(await sandbox.run([first, good]) == "done")
        #expect(sandbox.runs("first") == 1 && sandbox.runs("second") == 2)
    }

    @Test(arguments: [false, true])
    func aStepWhoseOutputWasTamperedWithIsDoneAgainAndSoIsAllMadeFromIt(
        _ isRemoved: Bool
    ) async throws {
        let sandbox = try await PipelineSandbox()
        let steps = ["a", "b", "c", "other"].map { name in
            sandbox.step(
                name, "echo good >\(name)",
                needs: ["b": ["a"], "c": ["b"]][name] ?? [])
        }
        let bad = sandbox.step("bad", "exit 1", needs: ["c", "other"])
        #expect(await sandbox.run(steps + [bad]) == "failed bad: tool_failed")
        let place = Session.publicationPlace(step: "b", file: "b")
        try sandbox.write("evil\n", to: place)
        if isRemoved { unlink("\(sandbox.session.directory.path)/\(place)") }
        #expect(await sandbox.run(steps) == "done")
        #expect(["a", "b", "c", "other"].map(sandbox.runs) == [1, 2, 2, 1])
        #expect(sandbox.text("final_output/b") == "good\n")
        #expect(await sandbox.step("b")?.tries == ["b": 1])
    }

    @Test func aRunThatWasCutShortDoesNotCount() async throws {
        let sandbox = try await PipelineSandbox()
        let started = sandbox.spool.time.now
        // What a crash during the second attempt leaves.
        try sandbox.session.update { record in
            record.plan = ["make"]
            record.steps["make"] = .init(provider: "make", tries: ["make": 2], started: started)
        }
        #expect(
            await sandbox.run([sandbox.step("make", "exit 75", attempts: 3)])
                == "failed make: tool_failed")
        #expect(sandbox.runs("make") == 2)
    }

    @Test func attemptsThatFailedBeforeACrashDoCount() async throws {
        let sandbox = try await PipelineSandbox()
        let started = sandbox.spool.time.now
        try sandbox.session.update { record in
            record.plan = ["make"]
            record.steps["make"] = .init(provider: "make", tries: ["make": 2], started: started)
            record.steps["make"]?.state = .failed
        }
        #expect(
            await sandbox.run([sandbox.step("make", "exit 75", attempts: 3)])
                == "failed make: tool_failed")
        #expect(sandbox.runs("make") == 1)
    }

    @Test func cancellingLeavesNoChildAndCountsNoAttempt() async throws {
        let sandbox = try await PipelineSandbox()
        let fifo = "\(sandbox.session.directory.path)/logs/fifo"
        mkfifo(fifo, 0o600)
        let step = sandbox.step("make", "exec 9>$session/logs/fifo; sleep 1000 & wait")
        let runner = sandbox.runner(PipelineDefinition("test") { _, _ in [step] })
        let run = Task { await runner.run() }
        await waitForWriter(fifo)
        run.cancel()
        guard case .interrupted = await run.value else { throw Unexpected(what: "not interrupted") }
        #expect(
            ProcessTable.pids(withEnvironment: ToolRunner.rootVariable, sandbox.spool.path)
                .isEmpty)
        #expect(await sandbox.step("make")?.attempts == 0)
        #expect(sandbox.log.events(.stepFailed).isEmpty)
        let again = sandbox.step("make", "echo >a")
        #expect(await sandbox.run([again]) == "done")
    }

    /// Waits for a FIFO's writer, not on the threads that run the tests' tasks.
    private func waitForWriter(_ path: String) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                close(open(path, O_RDONLY | O_CLOEXEC))
                continuation.resume()
            }
        }
    }

    @Test func cancellingTheWaitForASlotIsAnInterruption() async throws {
        let sandbox = try await PipelineSandbox(slots: 1)
        let slots = sandbox.environment.slots
        let step = sandbox.step("make", "echo >a")
        let runner = sandbox.runner(PipelineDefinition("test") { _, _ in [step] })
        try await slots.working.withPermit(urgency: 0) {
            let run = Task { await runner.run() }
            run.cancel()
            guard case .interrupted = await run.value else {
                throw Unexpected(what: "not interrupted")
            }
        }
        #expect(sandbox.runs("make") == 0)
    }

    /// How many scenes there are is known when the script is written.
    private func growing(_ sandbox: PipelineSandbox, cut: String = "echo >cut")
        -> PipelineDefinition
    {
        let script = sandbox.step("script", "printf 123 >scenes")
        let cutting = cut
        return PipelineDefinition("growing") { files, finished throws(Failure) in
            guard finished.contains("script") else { return [script] }
            let place = Session.publicationPlace(step: "script", file: "scenes")
            let scenes = try files.read(place, limit: 100).map { "scene-\($0 - 48)" }
            return [script] + scenes.map { sandbox.step($0, "echo >\($0)", needs: ["script"]) }
                + [sandbox.step("cut", cutting, needs: scenes)]
        }
    }

    @Test func stepsThatBecomeKnownLaterAreRunToo() async throws {
        let sandbox = try await PipelineSandbox()
        #expect(await sandbox.run(growing(sandbox)) == "done")
        #expect(
            try sandbox.list("final_output")
                == ["cut", "scene-1", "scene-2", "scene-3", "scenes"])
        #expect(
            sandbox.session.record.plan
                == ["script", "scene-1", "scene-2", "scene-3", "cut"])
    }

    @Test func aPipelineThatGrewIsResumedWhole() async throws {
        let sandbox = try await PipelineSandbox()
        #expect(
            await sandbox.run(growing(sandbox, cut: "exit 1")) == "failed cut: tool_failed")
        #expect(await sandbox.run(growing(sandbox)) == "done")
        #expect(
            ["script", "scene-1", "scene-2", "scene-3", "cut"].map(sandbox.runs)
                == [1, 1, 1, 1, 2])
    }

    @Test func aGraphThatCannotBeRunFailsTheJob() async throws {
        let sandbox = try await PipelineSandbox()
        #expect(
            await sandbox.run([sandbox.step("a", "true", needs: ["x"])])
                == "failed pipeline: broken_pipeline")
    }

    @Test func publicationGoesOnAfterACrash() async throws {
        let sandbox = try await PipelineSandbox()
        let step = sandbox.step("make", "echo 1 >a; echo 2 >b")
        try sandbox.write("in the way", to: "final_output/b")
        #expect(await sandbox.run([step]) == "failed pipeline: output_exists")
        #expect(try sandbox.list("final_output") == ["a", "b"])
        unlink("\(sandbox.session.directory.path)/final_output/b")
        #expect(await sandbox.run([step]) == "done")
        #expect(sandbox.text("final_output/b") == "2\n")
        #expect(sandbox.runs("make") == 1)
    }
}
