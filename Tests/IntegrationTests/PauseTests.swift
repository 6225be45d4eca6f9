import Glibc
import Testing

/// `control/paused`: no job is started while it is there.
@Suite struct PauseTests {
    @Test func nothingIsStartedUntilItIsRemovedOverARestart() async throws {
        let (house, gate) = try House.withGate(step: "wait")
        var daemon = try await house.start()
        try house.drop("running.json", House.spec("gate"))
        try await gate.reached()
        try house.request("paused")
        try await house.eventually("it says so") { daemon.said("Paused: ", "(user \(getuid()))") }
        // What runs goes on, and other requests are carried out.
        try house.drop("job.json")
        try house.drop("away.json")
        try house.request("away.json.cancel")
        try await gate.open()
        try await house.ended("running.json")
        try await house.ended("away.json", in: "failed")
        daemon = try await house.restart(daemon)
        try await house.eventually("it says so again") { daemon.said("Paused: ") }
        try house.drop("bad.json", "no")
        try await house.ended("bad.json", in: "rejected")
        #expect(house.names(in: "inbox") == ["job.json"] && house.names(in: "active") == [])
        #expect(unlink("\(house.root)/control/paused") == 0)
        try await house.ended("job.json")
        #expect(daemon.said("Not paused any more"))
        house.expectNothingInFlight()
    }

    @Test func whatIsPrintedIsALineEach() async throws {
        let house = try House()
        _ = try await house.start()
        let lines = [
            ("pause", "Paused: no jobs are started until 'reelctl resume'. Those that run go on."),
            ("resume", "Not paused any more: jobs are started."),
            ("resume", "It was not paused."),
        ]
        for (command, line) in lines {
            #expect(try await house.expect(0, of: command).printed == line + "\n")
        }
        try await house.expect(0, of: "pause")
        let list = try await house.expect(0, of: "list").printed
        #expect(list.contains("Paused by ") && list.hasSuffix("'reelctl resume'.\n"), "\(list)")
    }

    @Test func aDeferredJobIsNotTakenUp() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        let session = try await house.session(in: "deferred")
        try house.request("paused")
        try await house.eventually("it says so") { daemon.said("Paused: ") }
        #expect(utimes("\(house.root)/deferred/\(session).json", nil) == 0)
        // Several scans later it is still there.
        for number in 0..<5 {
            try house.drop("bad\(number).json", "no")
            try await house.ended("bad\(number).json", in: "rejected")
        }
        #expect(house.names(in: "deferred") == ["\(session).json"])
        #expect(unlink("\(house.root)/control/paused") == 0)
        try await house.ended("job.json")
    }

    /// The directory is made again, and what it lacks then counts.
    @Test func aControlDirectoryThatIsReplacedIsWatchedAnew() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        let daemon = try await house.start()
        try house.request("paused")
        try await house.eventually("it says so") { daemon.said("Paused: ") }
        try house.drop("job.json")
        #expect(rename("\(house.root)/control", "\(house.path)/old") == 0)
        try await house.ended("job.json")
        try house.request("paused")
        try await house.eventually("it says so again") { daemon.count(of: "Paused: ") == 2 }
    }
}
