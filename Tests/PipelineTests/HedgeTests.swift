import Core
import Glibc
import Linux
import Resilience
import Spool
import TestSupport
import Testing

@testable import Pipeline

/// A second call beside a slow one. In the sandbox the time to wait for it passes at once.
@Suite struct StepHedgeTests {
    private func sandbox(_ policy: ProviderPolicy) async throws -> PipelineSandbox {
        try await PipelineSandbox(policies: ["p": policy])
    }

    private let once = ProviderPolicy(hedge: Hedge(delay: .seconds(5), extra: 1))

    /// Who comes second is quick; `work` is what the first does.
    private func step(_ sandbox: PipelineSandbox, _ script: String, attempts: Int = 1) -> Step {
        Step(
            "make", providers: [sandbox.provider("p", script, countedAs: "make")],
            timeout: patience, retry: PipelineSandbox.retry(attempts))
    }

    @Test func theFirstToSucceedCountsAndTheOtherIsEndedWithAllItStarted() async throws {
        let sandbox = try await sandbox(once)
        let script = """
            case $PWD in
            */make) sleep 1000 & echo $! >$session/logs/child; echo first >a; wait;;
            *) until test -s $session/logs/child; do sleep 0.01; done; echo second >a;;
            esac
            """
        #expect(await sandbox.run([step(sandbox, script)]) == "done")
        #expect(sandbox.text("final_output/a") == "second\n")
        // One that was killed may take its time to die on a busy machine.
        let deadline = ContinuousClock.now + patience
        var left: Set<pid_t> = []
        repeat {
            left = Set(ProcessTable.pids(withEnvironment: "REELD_ROOT", sandbox.spool.path))
            await Task.yield()
        } while !left.isEmpty && .now < deadline
        #expect(left == [])
        #expect(try sandbox.list(".work") == ["make"])
        let record = try #require(await sandbox.step("make"))
        #expect(record.tries == ["p": 1])
        #expect(
            record.degradations == [
                "Step make took 2 calls of p at the same time, because the first one was slow; call 2 was used."
            ])
        #expect(sandbox.log.events(.stepHedged).count == 1)
        // What was ended says nothing about the provider.
        let gate = try #require(sandbox.environment.providers.state.withLock { $0.gates["p"] })
        #expect(gate.statistics.attempts == 2 && gate.statistics.successes == 1)
        #expect(gate.bulkhead.running == 0 && gate.breaker.outstanding == 0)
    }

    @Test func theFirstMayStillWin() async throws {
        let sandbox = try await sandbox(once)
        let script = """
            case $PWD in
            */make) until test -e $session/logs/other; do sleep 0.01; done; echo first >a;;
            *) touch $session/logs/other; sleep 1000;;
            esac
            """
        #expect(await sandbox.run([step(sandbox, script)]) == "done")
        #expect(sandbox.text("final_output/a") == "first\n")
        #expect(try sandbox.list(".work") == ["make"])
    }

    @Test func oneThatFailsLeavesTheOther() async throws {
        let sandbox = try await sandbox(once)
        let script = """
            case $PWD in
            */make) until test -e $session/logs/other; do sleep 0.01; done; exit 75;;
            *) touch $session/logs/other; sleep 0.2; echo second >a;;
            esac
            """
        #expect(await sandbox.run([step(sandbox, script)]) == "done")
        #expect(sandbox.text("final_output/a") == "second\n")
        #expect(sandbox.log.events(.stepFailed).isEmpty)
    }

    @Test func ifAllFailItIsOneFailedAttempt() async throws {
        let sandbox = try await sandbox(once)
        let script = """
            case $PWD in
            */make) until test -e $session/logs/other; do sleep 0.01; done; exit 75;;
            *) touch $session/logs/other; exit 75;;
            esac
            """
        #expect(await sandbox.run([step(sandbox, script)]) == "failed make: tool_failed")
        #expect(sandbox.runs("make") == 2)
        #expect(await sandbox.step("make")?.tries == ["p": 1])
        #expect(try sandbox.list(".work") == [])
    }

    @Test func whatIsTheJobsOwnFaultEndsAll() async throws {
        let sandbox = try await sandbox(once)
        let script = """
            case $PWD in
            */make) until test -e $session/logs/other; do sleep 0.01; done; exit 1;;
            *) touch $session/logs/other; sleep 1000;;
            esac
            """
        #expect(
            await sandbox.run([step(sandbox, script, attempts: 3)]) == "failed make: tool_failed")
        #expect(sandbox.runs("make") == 2)
    }

    @Test(arguments: [0, 1]) func isNotMadeWhereItWouldHaveToWaitNorWithoutBeingAskedFor(
        _ extra: Int
    ) async throws {
        var policy = once
        policy.hedge.extra = extra
        if extra == 1 { policy.bulkhead.limit = 1 }
        let sandbox = try await sandbox(policy)
        #expect(await sandbox.run([step(sandbox, "sleep 0.1; echo >a")]) == "done")
        #expect(sandbox.runs("make") == 1 && sandbox.log.events(.stepHedged).isEmpty)
        let gate = try #require(sandbox.environment.providers.state.withLock { $0.gates["p"] })
        #expect(gate.bulkhead.running == 0)
    }
}
