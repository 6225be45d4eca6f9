import Core
import Foundation
import Linux
import Resilience
import Spool
import TestSupport
import Testing

@testable import Pipeline

@Suite struct StepRunnerTests {
    private func step(_ providers: Provider..., attempts: Int = 3) -> Step {
        Step(
            "make", providers: providers, timeout: patience,
            retry: PipelineSandbox.retry(attempts))
    }

    @Test func keepsWhatCameOutAndWhatItWas() async throws {
        let sandbox = try await PipelineSandbox()
        let provider = sandbox.provider(
            "p", "printf abc >a.wav", countedAs: "make",
            outputs: .files([.init("a.wav", as: "audio/scene.wav")]))
        #expect(await sandbox.run([step(provider)]) == "done")
        #expect(sandbox.text("audio/scene.wav") == "abc")
        let record = try #require(await sandbox.step("make"))
        #expect(record.state == .finished && record.provider == "p" && record.tries == ["p": 1])
        #expect(record.outputs.map(\.place) == ["audio/scene.wav"])
        #expect(try record.outputs.allSatisfy { try $0.matches(in: sandbox.session.directory) })
        #expect(record.failure == nil && record.degradations.isEmpty)
        #expect(sandbox.log.events.map(\.kind) == [.stepStarted, .stepFinished])
        #expect(
            sandbox.log.events[1].fields[.session] == sandbox.session.id.description)
    }

    @Test func triesATransientFailureAgainAfterGrowingDelays() async throws {
        let sandbox = try await PipelineSandbox()
        // Fails as long as there are fewer than three marks.
        let script = #"test $(wc -l <$session/logs/make.count) -ge 3 || exit 75; echo >a"#
        #expect(
            await sandbox.run([
                step(sandbox.provider("p", script, countedAs: "make"), attempts: 5)
            ]) == "done")
        #expect(sandbox.runs("make") == 3)
        #expect(sandbox.sleeps == [.milliseconds(500), .seconds(1)])
        #expect(await sandbox.step("make")?.tries == ["p": 3])
        #expect(sandbox.log.events(.stepRetried).map { $0.fields[.attempt] } == ["1", "2"])
    }

    @Test(arguments: [ENOSPC, EMFILE, EIO])
    func aShortageOfTheMachineIsNoFaultOfTheProvider(_ errno: Int32) async throws {
        let sandbox = try await PipelineSandbox(breaker: BreakerSettings(consecutiveFailures: 1))
        let provider = Provider("p") { _ throws(Failure) in
            throw SystemError("write", "a", errno: errno).failure("write")
        }
        _ = await sandbox.run([step(provider)])
        #expect(sandbox.log.events(.breakerOpened).isEmpty)
    }

    @Test func givesUpWhenAllAttemptsAreUsed() async throws {
        let sandbox = try await PipelineSandbox()
        #expect(
            await sandbox.run([step(sandbox.provider("p", "exit 75", countedAs: "make"))])
                == "failed make: tool_failed")
        #expect(sandbox.runs("make") == 3 && sandbox.sleeps.count == 2)
        #expect(await sandbox.step("make")?.failure?.code == "tool_failed")
    }

    @Test func aProviderThatAsksForPatienceGetsIt() async throws {
        let sandbox = try await PipelineSandbox()
        let provider = sandbox.failing("p", .transient, retryAfter: 7)
        #expect(await sandbox.run([step(provider, attempts: 2)]) == "failed make: test")
        #expect(sandbox.sleeps == [.seconds(7)])
    }

    @Test func aPermanentFailureIsNotTriedAgainNorElsewhere() async throws {
        let sandbox = try await PipelineSandbox()
        let second = sandbox.provider("q", "echo >a", countedAs: "second")
        #expect(
            await sandbox.run([step(sandbox.failing("p", .permanent), second)])
                == "failed make: test")
        #expect(sandbox.sleeps.isEmpty && sandbox.runs("second") == 0)
    }

    @Test func anotherProviderIsNamedInTheReceipt() async throws {
        let sandbox = try await PipelineSandbox()
        let third = sandbox.provider("r", "echo >a", countedAs: "third")
        #expect(
            await sandbox.run([
                step(
                    sandbox.failing("p", .transient), sandbox.failing("q", .unavailable), third,
                    attempts: 2)
            ]) == "done")
        let sentence =
            "Step make was done by r, because p failed (p is broken) and q was unavailable (q is broken)."
        let record = try #require(await sandbox.step("make"))
        #expect(record.degradations == [sentence])
        #expect(record.tries == ["p": 2, "r": 1])
        #expect(sandbox.log.events(.stepDegraded).count == 1)
        let receipt = Receipt(
            sandbox.session.record, .init(state: .done, finished: sandbox.spool.time.now))
        #expect(receipt.degradations == [sentence])
    }

    @Test func whoIsUnavailableIsWaitedForWithoutUsingUpAttempts() async throws {
        let sandbox = try await PipelineSandbox(breaker: BreakerSettings(consecutiveFailures: 99))
        for _ in 1...4 {
            #expect(
                await sandbox.run([step(sandbox.failing("p", .unavailable), attempts: 1)])
                    == "parked make: 1.0 s")
        }
        #expect(await sandbox.step("make")?.attempts == 0)
        #expect(
            await sandbox.run([step(sandbox.failing("p", .unavailable, retryAfter: 90))])
                == "parked make: 1 min 30 s")
        #expect(
            await sandbox.run([step(sandbox.provider("p", "echo >a", countedAs: "make"))])
                == "done")
    }

    @Test func theShortestWaitOfAllProvidersCounts() async throws {
        let sandbox = try await PipelineSandbox()
        #expect(
            await sandbox.run([
                step(
                    sandbox.failing("p", .unavailable, retryAfter: 90),
                    sandbox.failing("q", .unavailable, retryAfter: 20))
            ]) == "parked make: 20.0 s")
    }

    @Test func anOpenBreakerParksUntilItMayBeTried() async throws {
        let sandbox = try await PipelineSandbox(
            breaker: BreakerSettings(consecutiveFailures: 2, openFor: .seconds(45), successes: 1))
        let broken = step(sandbox.provider("p", "exit 69", countedAs: "broken"), attempts: 9)
        for _ in 1...2 { #expect(await sandbox.run([broken]) == "parked make: 1.0 s") }
        #expect(sandbox.log.events(.breakerOpened).count == 1)
        #expect(await sandbox.run([broken]) == "parked make: 45.0 s")
        #expect(sandbox.runs("broken") == 2, "it is left alone")
        sandbox.spool.time.advance(by: .seconds(45))
        let mended = step(sandbox.provider("p", "echo >a", countedAs: "mended"))
        #expect(await sandbox.run([mended]) == "done")
        #expect(
            [EventKind.breakerHalfOpen, .breakerClosed].flatMap(sandbox.log.events).map(\.message)
                == ["Provider p is tried again.", "Provider p works again."])
    }

    /// However often it finds the disk full, a step keeps its attempts for failures of its own.
    @Test(arguments: [ENOSPC, EDQUOT, EMFILE, ENOMEM])
    func aShortageUsesUpNoAttempts(errno: Int32) async throws {
        let sandbox = try await PipelineSandbox()
        let full = Provider("p") { _ throws(Failure) in
            throw SystemError("write", "a", errno: errno).failure("write")
        }
        for _ in 1...3 {
            #expect(await sandbox.run([step(full, attempts: 2)]) == "parked make: 1 min 0 s")
        }
        #expect(await sandbox.step("make")?.attempts == 0)
    }

    /// A job that makes a good tool fail must not take it from the others.
    @Test func whatAJobMakesAToolDoOpensNoBreaker() async throws {
        let sandbox = try await PipelineSandbox(breaker: BreakerSettings(consecutiveFailures: 2))
        // Three attempts each: those of the runs before count.
        for (script, code, attempts) in [
            ("exit 75", "tool_failed", 3), ("kill -SEGV $$", "tool_killed", 6),
        ] {
            let hostile = step(
                sandbox.provider("p", script, countedAs: "hostile"), attempts: attempts)
            #expect(await sandbox.run([hostile]) == "failed make: \(code)")
        }
        #expect(sandbox.runs("hostile") == 6)
        let good = step(sandbox.provider("p", "echo >a", countedAs: "good"), attempts: 7)
        #expect(await sandbox.run([good]) == "done")
        #expect(sandbox.log.events(.breakerOpened).isEmpty)
    }

    /// As when a crash comes between the record of the last attempt and that of the job's end.
    @Test func anotherRunGivesNoFurtherAttempt() async throws {
        let sandbox = try await PipelineSandbox()
        let failing = step(sandbox.provider("p", "exit 75", countedAs: "p"), attempts: 2)
        for _ in 1...2 { #expect(await sandbox.run([failing]) == "failed make: tool_failed") }
        #expect(sandbox.runs("p") == 2)
    }

    @Test func anAttemptHasItsTime() async throws {
        let sandbox = try await PipelineSandbox()
        let slow = Step(
            "make", providers: [sandbox.provider("p", "sleep 100", countedAs: "make")],
            timeout: .milliseconds(100), retry: PipelineSandbox.retry(2))
        #expect(await sandbox.run([slow]) == "failed make: timeout")
        // The script itself may not even have begun.
        #expect(await sandbox.step("make")?.tries == ["p": 2])
    }

    @Test func everyAttemptBeginsInAnEmptyDirectory() async throws {
        let sandbox = try await PipelineSandbox()
        let script = #"ls -A >>$session/logs/seen; touch left; exit 75"#
        #expect(
            await sandbox.run([step(sandbox.provider("p", script, countedAs: "make"))])
                == "failed make: tool_failed")
        #expect(sandbox.text("logs/seen") == "")
    }

    private static let missing: [(String, Production.Outputs, String)] = [
        ("true", .files([.init("a", as: "audio/a")]), "output_missing"),
        ("true", .publication(["a"]), "output_missing"),
        ("ln -s /etc/hostname a", .publication(["a"]), "not_a_file"),
        ("ln -s /etc/hostname a", .everythingForPublication, "not_a_file"),
        ("mkdir a", .everythingForPublication, "not_a_file"),
        ("mkfifo a", .everythingForPublication, "not_a_file"),
        (#"touch "$(printf '\377')""#, .everythingForPublication, "bad_output"),
    ]

    @Test(arguments: missing.indices)
    func whatIsNoOutputFailsTheStepAndSaysSo(_ index: Int) async throws {
        let (script, outputs, code) = Self.missing[index]
        let sandbox = try await PipelineSandbox()
        let provider = sandbox.provider("p", script, countedAs: "make", outputs: outputs)
        #expect(await sandbox.run([step(provider)]) == "failed make: \(code)")
        let failure = try #require(await sandbox.step("make")?.failure)
        #expect(failure.kind == .permanent)
        #expect(try sandbox.list("final_output").isEmpty)
        #expect(sandbox.runs("make") == 1)
    }

    @Test func theCheckDecidesAndMayAddFiles() async throws {
        let sandbox = try await PipelineSandbox()
        func provider(_ limit: Int) -> Provider {
            Provider("p") { _ in
                Production(
                    files: ["in.txt": Array("12345".utf8)],
                    tools: [ToolInvocation("cp", ["in.txt", "out.txt"])],
                    outputs: .publication(["out.txt", "made.txt"]),
                    degradations: ["It is short."]
                ) { (work) throws(Failure) in
                    guard try work.size(of: "out.txt") <= limit else {
                        throw Failure(
                            .permanent, code: "too_long", operation: "check", subject: "it",
                            cause: "it is too long")
                    }
                    try work.write(work.read("out.txt", limit: 10).reversed(), to: "made.txt")
                }
            }
        }
        #expect(await sandbox.run([step(provider(4))]) == "failed make: too_long")
        #expect(await sandbox.run([step(provider(5))]) == "done")
        #expect(sandbox.text("final_output/made.txt") == "54321")
        #expect(sandbox.session.record.degradations == ["It is short."])
    }

    @Test func aStepWithoutProvidersFails() async throws {
        let sandbox = try await PipelineSandbox()
        #expect(await sandbox.run([step()]) == "failed make: no_provider")
    }
}
