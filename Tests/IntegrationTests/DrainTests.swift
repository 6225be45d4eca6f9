import Glibc
import Testing

/// SIGTERM: the running jobs may finish for a time, then they are interrupted.
@Suite struct DrainTests {
    @Test func aRunningJobFinishesWithinTheTime() async throws {
        let (house, gate) = try House.withGate(step: "wait")
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        daemon.send(SIGTERM)
        try await house.eventually("it stops") { daemon.said("Stopping: ") }
        // What comes now is for the next daemon.
        try house.drop("late.json")
        try await gate.open()
        #expect(try await daemon.exit() == .exited(0))
        #expect(house.jobs(in: "done") == ["job.json"])
        #expect(house.names(in: "inbox") == ["late.json"] && house.names(in: "active") == [])
        #expect(daemon.said("Stopped."))
    }

    /// A tool that does not even heed SIGTERM, or one that does.
    @Test(arguments: ["trap '' TERM", ":"])
    func whatTakesLongerIsInterruptedAndGoesOnLater(_ preparation: String) async throws {
        var settings = HouseSettings()
        settings.jobs = "parallel: 2, drain_time: 0.2"
        var step = Gate.step("wait")
        step.command[2] = preparation + "\n" + step.command[2]
        settings.pipelines["gate"] = [.copy, step]
        let house = try House(settings)
        let gate = try Gate("wait", in: house)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        #expect(gate.processes.flatMap { $0 }.filter(isAlive) == [], "left running")
        #expect(house.names(in: "active").count == 1 && house.names(in: "done") == [])
        #expect(daemon.said("Interrupted job.json", "with 1 finished steps"))

        let next = try await house.start()
        #expect(!next.said("earlier daemon"))
        try await gate.reached(2)
        try await gate.open()
        let receipt = try await house.ended("job.json")
        #expect(receipt.attempts == ["copy": 1, "wait": 1])
        #expect(receipt.outputs.count == 2)
        house.expectNothingInFlight()
    }

    @Test(arguments: [SIGTERM, SIGINT]) func anIdleOneStopsAtOnce(_ signal: Int32) async throws {
        let house = try House()
        let daemon = try await house.start()
        daemon.send(signal)
        #expect(try await daemon.exit() == .exited(0))
    }

    /// Asked twice, it does not wait for the jobs.
    @Test func aSecondRequestIsMoreUrgent() async throws {
        let (house, gate) = try House.withGate(step: "wait")
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        daemon.send(SIGTERM)
        try await house.eventually("it stops") { daemon.said("Stopping: ") }
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        #expect(house.names(in: "active").count == 1)
    }
}
