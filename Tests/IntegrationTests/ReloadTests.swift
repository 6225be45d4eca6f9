import Glibc
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
}
