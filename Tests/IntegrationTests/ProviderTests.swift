import FoundationEssentials
import Glibc
import Testing

/// How providers are called: the real daemon against scripts that fail, hang, are slow, recover, ask to
/// be left alone and die by signals, seen from outside. Each call leaves a line in the house.
@Suite struct ProviderTests {
    /// Notes in $HOUSE/NAME.calls when a call began, in nanoseconds.
    private static func noting(_ name: String, _ script: String) -> (String, String) {
        (name, "date +%s%N >>$HOUSE/\(name).calls\n\(script)")
    }

    private static let well = "cp $JOB $OUT/job.json"

    private func settings(
        _ providers: [(String, String)], more: String = "", sections: String = "",
        retry: String? = nil, breaker: String? = nil
    ) -> HouseSettings {
        var settings = HouseSettings()
        settings.pipelines["own"] = [
            .shell("call", providers.map { Self.noting($0.0, $0.1) }, more: more)
        ]
        settings.providers = sections
        if let retry { settings.retry = retry }
        if let breaker { settings.breaker = breaker }
        return settings
    }

    /// When the calls of a provider began, in seconds.
    private func calls(_ name: String, in house: House) -> [Double] {
        let text = String(
            decoding: (try? readFile("\(house.path)/\(name).calls")) ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { Double($0) }.map { $0 / 1e9 }.sorted()
    }

    /// The gaps between them. A script begins a while after its call, the longer the busier the machine:
    /// between two calls of which the first has ended there is no less, but between others there may be.
    private func gaps(_ times: [Double]) -> [Double] {
        zip(times.dropFirst(), times).map { $0 - $1 }
    }

    /// The time by the same clock.
    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func drop(_ count: Int, in house: House) throws {
        for number in 1...count { try house.drop("\(number).json", House.spec("own")) }
    }

    // MARK: - Retry

    /// Fails twice by `failing`, then succeeds.
    private static func frail(_ failing: String) -> String {
        "test $(wc -l <$HOUSE/p.calls) -ge 3 || { \(failing); }\n\(well)"
    }

    @Test(arguments: ["exit 75", "kill -KILL $$", "kill -SEGV $$", "sleep 1000"])
    func whatMayPassIsTriedAgainAfterItsWait(_ failing: String) async throws {
        let house = try House(
            settings(
                [("p", Self.frail(failing))],
                sections: failing == "sleep 1000" ? "p: { timeout: 4 }" : "",
                retry: "attempts: 3, strategy: 'fixed', first_delay: 0.3, jitter: 'none'"))
        let daemon = try await house.start()
        try drop(1, in: house)
        let receipt = try await house.ended("1.json")
        #expect(receipt.attempts == ["call": 3] && receipt.degradations == [])
        #expect(gaps(calls("p", in: house)).allSatisfy { $0 >= 0.3 })
        #expect(calls("p", in: house).count == 3)
        #expect(daemon.count(of: "is tried again in 300") == 2)
    }

    @Test func aProviderThatAsksToBeLeftAloneIsUpToALimit() async throws {
        let house = try House(
            settings(
                [("p", Self.frail("echo '{\"retry_after\": 0.4}' >.result.json; exit 75"))],
                retry: "attempts: 3, first_delay: 0.01, longest_delay: 0.02"))
        _ = try await house.start()
        try drop(1, in: house)
        try await house.ended("1.json")
        #expect(gaps(calls("p", in: house)).allSatisfy { $0 >= 0.4 })

        let other = try House(
            settings(
                [("p", Self.frail("echo '{\"retry_after\": 5000}' >.result.json; exit 75"))],
                retry: "attempts: 3, first_delay: 0.01, longest_delay: 1, retry_after_limit: 0.2"))
        _ = try await other.start()
        try drop(1, in: other)
        try await other.ended("1.json")
        #expect(gaps(calls("p", in: other)).allSatisfy { $0 >= 0.2 })
    }

    @Test func whatToTryAgainCanBeSaid() async throws {
        let house = try House(
            settings(
                [("p", Self.frail("exit 3"))],
                retry: """
                    attempts: 3, first_delay: 0.01, retry_on: { exit_statuses: [3] },
                    never_on: { signals: [9] }
                    """))
        _ = try await house.start()
        try drop(1, in: house)
        #expect(try await house.ended("1.json").attempts == ["call": 3])

        let other = try House(
            settings([("p", "kill -KILL $$")], retry: "attempts: 3, never_on: { signals: [9] }"))
        _ = try await other.start()
        try drop(1, in: other)
        let receipt = try await other.ended("1.json", in: "failed")
        #expect(receipt.error?.code == "tool_killed" && receipt.attempts == ["call": 1])
    }

    @Test func aStepHasItsTimeInAll() async throws {
        let house = try House(
            settings(
                [("p", "exit 75")], more: "step_timeout: 0.8",
                retry: "attempts: 100, strategy: 'fixed', first_delay: 0.2, jitter: 'none'"))
        _ = try await house.start()
        try drop(1, in: house)
        let receipt = try await house.ended("1.json", in: "failed")
        #expect(receipt.error?.code == "step_timeout")
        #expect(calls("p", in: house).count <= 5)

        // One that hangs is ended when the step's time is up.
        let hanging = try House(settings([("p", "sleep 1000")], more: "step_timeout: 0.5"))
        _ = try await hanging.start()
        try drop(1, in: hanging)
        #expect(try await hanging.ended("1.json", in: "failed").error?.code == "step_timeout")
    }

    // MARK: - Fallback and hedging

    @Test func anotherProviderIsUsedAndTheReceiptSaysSo() async throws {
        let house = try House(settings([("first", "exit 69"), ("second", Self.well)]))
        let daemon = try await house.start()
        try drop(1, in: house)
        let receipt = try await house.ended("1.json")
        let sentence = try #require(receipt.degradations.first)
        #expect(sentence.hasPrefix("Step call was done by second, because first was unavailable"))
        #expect(receipt.attempts == ["call": 1])
        #expect(daemon.said("1.json: Step call was done by second"))
    }

    @Test func aSecondCallBesideASlowOneWins() async throws {
        let script = """
            if mkdir $HOUSE/first; then sleep 1000 & echo $! >$HOUSE/child; wait; fi
            echo second >$OUT/result
            """
        let house = try House(
            settings([("p", script)], sections: "p: { hedge: { extra: 1, delay: 0.3 } }"))
        let daemon = try await house.start()
        try drop(1, in: house)
        let receipt = try await house.ended("1.json")
        #expect(try house.published(receipt.outputs[0]) == Array("second\n".utf8))
        #expect(receipt.degradations.count == 1)
        #expect(receipt.degradations[0].contains("took 2 calls of p at the same time"))
        #expect(receipt.attempts == ["call": 1])
        #expect(daemon.said("Step call of 1.json is slow: p is called once more"))
        #expect(calls("p", in: house).count == 2)
        let child = String(decoding: try readFile("\(house.path)/child").dropLast(), as: UTF8.self)
        #expect(try !isAlive(#require(pid_t(child))))
        house.expectNothingInFlight()
    }

    // MARK: - Limits

    @Test func callsAtOnceAreLimitedOverAllJobs() async throws {
        let script = """
            mkdir $HOUSE/inside || touch $HOUSE/twice
            sleep 0.1
            rmdir $HOUSE/inside
            \(Self.well)
            """
        let house = try House(settings([("p", script)], sections: "p: { parallel: 1 }"))
        _ = try await house.start()
        try drop(6, in: house)
        try await house.eventually("all are done") { house.jobs(in: "done").count == 6 }
        #expect(access("\(house.path)/twice", F_OK) != 0)
    }

    @Test func callsInATimeAreLimitedOverAllJobs() async throws {
        let house = try House(
            settings([("p", Self.well)], sections: "p: { rate: { per_second: 2 } }"))
        _ = try await house.start()
        let start = now()
        try drop(5, in: house)
        try await house.eventually("all are done") { house.jobs(in: "done").count == 5 }
        // Each a second after the one two before it.
        let times = calls("p", in: house).map { $0 - start }
        try #require(times.count == 5)
        #expect(times[2] >= 0.9 && times[4] >= 1.9, "\(times)")
    }

    @Test func whoWouldWaitTooLongIsParkedWithoutSpendingAnAttempt() async throws {
        let house = try House(
            settings(
                [("p", Self.well)], sections: "p: { rate: { per_minute: 1, max_wait: 0 } }"))
        let daemon = try await house.start()
        try drop(2, in: house)
        try await house.eventually("one is parked") { house.names(in: "deferred").count == 1 }
        try await house.eventually("one is done") { house.jobs(in: "done").count == 1 }
        try await house.eventually("it says so") {
            daemon.said("Deferred ", "called as often as it may be")
        }
        #expect(calls("p", in: house).count == 1)
    }

    // MARK: - The breaker

    private static let sick = "test -e $HOUSE/well || exit 69\n\(well)"

    /// A house whose provider `p` is unavailable, with one job that has found that out twice.
    private func sickHouse(
        wait: Double, jobs: Int = 1
    ) async throws -> (house: House, daemon: RunningDaemon) {
        let house = try House(
            settings(
                [("p", Self.sick)], retry: "first_delay: 0.01, longest_delay: 0.02",
                breaker: "failures: 2, wait: \(wait), longest_wait: 7200, successes: 1"))
        let daemon = try await house.start()
        try drop(jobs, in: house)
        try await house.eventually("the breaker opens") { daemon.said("Provider p is left alone") }
        try await house.eventually("all are parked") {
            house.names(in: "deferred").count == jobs && daemon.said("failed too often")
        }
        return (house, daemon)
    }

    @Test func aProviderThatIsUnavailableIsLeftAloneAndTriedAgainByItself() async throws {
        let (house, daemon) = try await sickHouse(wait: 2)
        try writeFile("\(house.path)/well", [])
        let receipt = try await house.ended("1.json")
        #expect(receipt.attempts == ["call": 1], "waiting costs no attempt")
        let times = calls("p", in: house)
        // It may have come to another call before it was told that it is well.
        #expect(times.count >= 3 && gaps(times).dropFirst().allSatisfy { $0 >= 1.9 })
        #expect(daemon.said("Provider p is left alone for 2.0 s: it failed too often in a row"))
        #expect(daemon.said("Provider p is tried again.", "half_open"))
        try await house.eventually("it says that it is closed") {
            daemon.said("Provider p works again.")
        }
    }

    @Test func anOpenBreakerOutlivesTheDaemonAndIsResetByAnOperator() async throws {
        let (house, first) = try await sickHouse(wait: 3600)
        let second = try await house.restart(first)
        try house.drop("late.json", House.spec("own"))
        try await house.eventually("it is refused") { house.names(in: "deferred").count == 2 }
        #expect(calls("p", in: house).count == 2)
        let reason = "could not call p: it failed too often and is left alone"
        #expect(try await house.expect(0, of: "list").printed.contains(reason))
        let shown = try await house.runReelctl("breakers", "--json")
        #expect(shown.ending == .exited(0))
        #expect(shown.text.contains("\"state\" : \"open\""))
        #expect(shown.text.contains("\"failures\" : 2") && shown.text.contains("\"retry_at\""))
        #expect(shown.text.contains("its service is unavailable"))
        #expect(try await house.expect(0, of: "breakers").printed.contains("p         open"))

        try writeFile("\(house.path)/well", [])
        let answer = try await house.expect(0, of: "breaker p reset")
        #expect(answer.printed == "The breaker of p is closed.\n")
        // Both come back at once, though they were parked for an hour, one by an earlier daemon.
        try await house.ended("1.json")
        try await house.ended("late.json")
        #expect(second.said("Provider p has its breaker reset", "asked for it"))
        try await house.expect(0, of: "fsck")
    }

    /// A crash of the machine is as a crash of the daemon: what changed was durable.
    @Test func whatAnOperatorSaidStays() async throws {
        let house = try House(settings([("p", Self.well)]))
        var daemon = try await house.start()
        let answer = try await house.expect(0, of: "breaker p open")
        #expect(answer.printed == "The breaker of p is forced open.\n")
        daemon = try await house.restart(daemon)
        try drop(1, in: house)
        try await house.eventually("it is refused") { house.names(in: "deferred").count == 1 }
        try await house.eventually("it says so") {
            daemon.said("Deferred 1.json", "an operator keeps it from being called")
        }
        #expect(calls("p", in: house) == [])
        try await house.expect(0, of: "breaker p enable")
        try await house.ended("1.json")
        try await house.expect(0, of: "breaker p disable")
        #expect(daemon.said("Provider p is called whatever becomes of it", "asked for it"))

        // Without a daemon it is done when there is one, before any job is started.
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        let later = try await house.expect(0, of: "breaker p open")
        #expect(later.printed.contains("when the daemon starts"))
        try house.drop("2.json", House.spec("own"))
        daemon = try await house.start()
        try await house.eventually("it is refused") { house.names(in: "deferred").count == 1 }
        #expect(calls("p", in: house).count == 1)
    }

    @Test func whatMakesNoSenseIsRefused() async throws {
        let house = try House(settings([("p", Self.well)]))
        let daemon = try await house.start()
        let refused = try await house.expect(EX_NOPERM, of: "breaker nobody open")
        #expect(refused.said.contains("the daemon's log says why"))
        try await house.eventually("it says why") {
            daemon.said("Refused nobody.breaker-open", "there is no such provider")
        }
        try await house.expect(EX_USAGE, of: "breaker p close")
        try await house.expect(EX_USAGE, of: "breaker p")
        try await house.expect(EX_USAGE, of: "breaker ../x open")
    }

    /// One that has only just recovered is not met by all at once.
    @Test func parkedJobsReturnGradually() async throws {
        var settings = settings([("p", Self.well)], breaker: "wait: 600")
        settings.jobs = "parallel: 20"
        settings.steps = "parallel: 20"
        let house = try House(settings)
        _ = try await house.start()
        try await house.expect(0, of: "breaker p open")
        try drop(6, in: house)
        try await house.eventually("all are parked") { house.names(in: "deferred").count == 6 }
        let start = now()
        try await house.expect(0, of: "breaker p enable")
        try await house.eventually("all are done") { house.jobs(in: "done").count == 6 }
        // One, two and the rest, a second apart.
        let times = calls("p", in: house).map { $0 - start }
        try #require(times.count == 6)
        #expect(times[1] >= 0.9 && times[3] >= 1.9, "\(times)")
    }

    @Test func slowCallsOpenItIfThatIsAskedFor() async throws {
        let house = try House(
            settings(
                [("p", "sleep 0.2; \(Self.well)")],
                breaker: "slow_rate: 1, slow_after: 0.1, minimum_calls: 2"))
        let daemon = try await house.start()
        try drop(2, in: house)
        try await house.eventually("it opens") {
            daemon.said("Provider p is left alone", "too large a share of its calls was slow")
        }
    }

    @Test func timeoutsCountIfThatIsAskedFor() async throws {
        let house = try House(
            settings(
                [("p", "sleep 1000")], sections: "p: { timeout: 0.1 }",
                breaker: "failures: 2, count_on: { codes: ['timeout'] }"))
        let daemon = try await house.start()
        try drop(1, in: house)
        try await house.eventually("it opens") {
            daemon.said("Provider p is left alone", "failed too often in a row")
        }
    }

    // MARK: - The configuration and the state

    @Test func aReloadKeepsTheBreakersAndAFailedOneEverything() async throws {
        let (house, daemon) = try await sickHouse(wait: 3600)
        var settings = settings([("p", Self.sick)], breaker: "window: 1, window_calls: 3")
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it refuses") { daemon.said("Kept the running configuration") }
        #expect(daemon.said("$.breaker: window and window_calls cannot both be set", "line "))
        settings.breaker = "failures: 9"
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it reloads") { daemon.said("Reloaded the configuration.") }
        try house.drop("late.json", House.spec("own"))
        try await house.eventually("it is refused") { house.names(in: "deferred").count == 2 }
        #expect(calls("p", in: house).count == 2)

        // Open no longer than it now could be: at once.
        try writeFile("\(house.path)/well", [])
        settings.breaker = "wait: 0, longest_wait: 0, successes: 1"
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it reloads") {
            daemon.count(of: "Reloaded the configuration.") == 2
        }
        try house.drop("last.json", House.spec("own"))
        try await house.ended("last.json")
        // What was parked for an hour comes back with it.
        try await house.ended("1.json")
    }

    @Test func contradictionsKeepItFromStarting() async throws {
        let house = try House(settings([("p", Self.well)], sections: "q: {}"))
        let daemon = try house.launch()
        #expect(try await daemon.exit() == .exited(EX_CONFIG))
        #expect(daemon.said("$.providers.q: no step has a provider of that name", "line "))
    }

    @Test func damagedStateIsSetAside() async throws {
        let (house, first) = try await sickHouse(wait: 3600)
        first.send(SIGTERM)
        #expect(try await first.exit() == .exited(0))
        try writeFile("\(house.root)/state/providers.json", "{ nonsense".utf8)
        try writeFile("\(house.path)/well", [])
        let second = try await house.start()
        #expect(second.said("Set aside state/providers.json as providers.json.damaged"))
        try house.drop("late.json", House.spec("own"))
        try await house.ended("late.json")
        #expect(house.names(in: "state").contains("providers.json.damaged"))
        try await house.expect(0, of: "fsck")
    }

    @Test func statisticsAreShown() async throws {
        let house = try House(
            settings(
                [("p", Self.frail("exit 75"))], retry: "attempts: 3, first_delay: 0.01"))
        let daemon = try await house.start()
        #expect(try await house.expect(0, of: "stats").printed == "Nothing has been counted yet.\n")
        try await house.expect(0, of: "breakers")
        try drop(1, in: house)
        try await house.ended("1.json")
        // Written every few seconds, and in the end.
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        let shown = try await house.expect(0, of: "stats --json")
        let stats = try JSONDecoder().decode(Stats.self, from: Data(shown.printed.utf8))
        #expect(stats.retries.attempts == 3 && stats.retries.retries == 2)
        let provider = try #require(stats.providers.first)
        #expect(provider.provider == "p" && provider.retries.successes == 1)
        #expect(provider.seconds.p50 > 0 && provider.seconds.p99 < 60)
        let step = try #require(stats.steps.first)
        #expect(step.step == "own/call" && step.finished == 1 && step.failed == 2)
        #expect(try await house.expect(0, of: "stats").printed.contains("own/call"))
    }

    private struct Stats: Decodable {
        struct Retries: Decodable { var attempts, retries, successes: Int }
        struct Times: Decodable { var p50, p95, p99: Double }
        struct Provider: Decodable {
            var provider: String
            var retries: Retries
            var seconds: Times
        }
        struct Step: Decodable {
            var step: String
            var finished, failed: Int
            var seconds: Times
        }
        var retries: Retries
        var providers: [Provider]
        var steps: [Step]
    }
}
