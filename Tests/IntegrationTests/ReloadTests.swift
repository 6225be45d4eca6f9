import Glibc
import TestSupport
import Testing

/// SIGHUP: the configuration is read again, and used if it can be.
@Suite struct ReloadTests {
    @Test func takesEffectOrIsRefused() async throws {
        var settings = HouseSettings()
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("early.json", House.spec("new"))
        let early = try await house.ended("early.json", in: "rejected")
        #expect(early.error?.code == "unknown_pipeline")

        settings.pipelines["new"] = [.copy]
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it reloads") { daemon.said("Reloaded the configuration.") }
        try house.drop("job.json", House.spec("new"))
        try await house.ended("job.json")

        settings.pipelines["new"] = nil
        settings.jobs = "parallel: 'many'"
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it refuses") { daemon.said("Kept the running configuration") }
        #expect(daemon.said("Kept the running", house.configurationPath, "$.jobs.parallel"))
        try house.drop("after.json", House.spec("new"))
        try await house.ended("after.json")
        #expect(daemon.count(of: "Reloaded the configuration.") == 1)
    }

    /// A job at work when its pipeline is taken away has been promised it.
    @Test func doesNotDisturbWhatIsRunning() async throws {
        var settings = HouseSettings()
        settings.pipelines["gate"] = [Gate.step("wait")]
        let house = try House(settings)
        let gate = try Gate("wait", in: house)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        settings.pipelines["gate"] = nil
        settings.jobs = "parallel: 1"
        settings.steps = "parallel: 1"
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it reloads") { daemon.said("Reloaded the configuration.") }
        try await gate.open()
        try await house.ended("job.json")
        try house.drop("next.json")
        try await house.ended("next.json")
    }

    /// Until it is mended, `systemctl status` says so.
    @Test func theStatusSaysThatTheConfigurationIsRefused() async throws {
        let house = try House()
        let manager = DatagramReceiver()
        let daemon = try await house.start(
            prefix: ["/usr/bin/env", "NOTIFY_SOCKET=\(manager.path)"])
        var told: [String] = []
        func take() { while let next = manager.next() { told.append(next) } }
        take()
        told = []
        try writeFile(house.configurationPath, "{ jobs: { paralel: 3 } }".utf8)
        daemon.send(SIGHUP)
        let reproach = "; configuration refused: "
        try await house.eventually("it says that it goes on as before") {
            take()
            return told.contains { $0.hasPrefix("READY=1") && $0.contains(reproach) }
        }
        #expect(told.contains { $0.hasPrefix("RELOADING=1") })
        // It is not forgotten over what happens then.
        told = []
        try house.drop("job.json")
        try await house.ended("job.json")
        try await house.eventually("it says that a job is done") {
            take()
            return told.contains { $0.contains(" 1 done ") }
        }
        #expect(told.allSatisfy { $0.contains(reproach) || !$0.contains("STATUS=") })
        told = []
        try house.configure(HouseSettings())
        daemon.send(SIGHUP)
        try await house.eventually("it is mended") {
            take()
            return told.contains { $0.hasPrefix("READY=1") && !$0.contains(reproach) }
        }
    }

    /// As those who look after secrets put it there. Nobody writes to it.
    @Test func doesNotWaitForAFIFO() async throws {
        let house = try House()
        let daemon = try await house.start()
        #expect(unlink(house.configurationPath) == 0)
        try #require(mkfifo(house.configurationPath, 0o644) == 0)
        daemon.send(SIGHUP)
        try await house.eventually("it refuses") {
            daemon.said("Kept the running configuration", "it is a FIFO, not a regular file")
        }
        try house.drop("job.json")
        try await house.ended("job.json")
    }

    /// A slip that is mended at once costs nobody his job.
    @Test(arguments: [false, true])
    func waitsForAPipelineThatIsMissing(_ isRestarted: Bool) async throws {
        var settings = HouseSettings()
        settings.pipelines["new"] = [.copy]
        settings.presets = "fresh: { pipeline: 'copy', labels: { from: 'it' } }"
        let house = try House(settings)
        var daemon = try await house.start()
        func adopt() async throws {
            try house.configure(settings)
            if isRestarted {
                daemon = try await house.restart(daemon)
            } else {
                daemon.send(SIGHUP)
            }
        }
        settings.pipelines["new"] = nil
        let presets = settings.presets
        settings.presets = ""
        try await adopt()
        try await house.eventually("it says what it waits for") {
            daemon.said(". Missing from the configuration: new, preset fresh;")
        }
        try house.drop("job.json", House.spec("new"))
        try house.drop("preset.json", "{\"topic\": \"x\", \"preset\": \"fresh\"}")
        try house.drop("never.json", "{\"topic\": \"x\", \"preset\": \"freshh\"}")
        try await house.ended("never.json", in: "rejected")
        // Of one that never was it knows nothing.
        try house.drop("other.json", House.spec("neww"))
        try await house.ended("other.json", in: "rejected")
        settings.pipelines["new"] = [.copy]
        settings.presets = presets
        try await adopt()
        try await house.ended("job.json")
        try await house.ended("preset.json")
        #expect(house.jobs(in: "rejected") == ["never.json", "other.json"])
    }

    @Test func waitsForItNoLongerThanItIsTold() async throws {
        var settings = HouseSettings()
        settings.jobs += ", pipeline_grace: 0.3"
        settings.pipelines["new"] = [.copy]
        let house = try House(settings)
        let daemon = try await house.start()
        settings.pipelines["new"] = nil
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it reloads") { daemon.said("Reloaded the configuration.") }
        try house.drop("job.json", House.spec("new"))
        let receipt = try await house.ended("job.json", in: "rejected")
        #expect(receipt.error?.code == "unknown_pipeline")
    }
}
