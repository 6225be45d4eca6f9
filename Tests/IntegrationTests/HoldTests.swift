import Glibc
import Testing

/// `TARGET.hold` and `TARGET.release`: a job is set aside and goes on.
@Suite struct HoldTests {
    @Test func aRunningJobGoesOnWithItsFirstUnfinishedStep() async throws {
        var settings = HouseSettings()
        settings.pipelines["gates"] = [Gate.step("one"), Gate.step("two")]
        let house = try House(settings)
        let gates = try ["one", "two"].map { try Gate($0, in: house) }
        var daemon = try await house.start()
        try house.drop("job.json", House.spec("gates"))
        try await gates[0].open()
        try await gates[1].reached()
        let session = try await house.session(in: "active")
        let processes = gates[1].processes.flatMap { $0 }
        try house.request("\(session).hold")
        try await house.requestsAreDone()
        #expect(house.names(in: "held") == ["\(session).json"] && house.names(in: "active") == [])
        #expect(processes.filter(isAlive) == [], "left running")
        #expect(daemon.said("Held job.json"))

        // It is nobody's stray, nor taken up, by another daemon or with another job.
        daemon = try await house.restart(daemon)
        try house.drop("other.json")
        try await house.ended("other.json")
        #expect(house.names(in: "held") == ["\(session).json"] && gates[1].count == 1)
        #expect(!daemon.said("alone"))

        try house.request("\(session).release")
        try await gates[1].reached(2)
        try await house.requestsAreDone()
        try await gates[1].open()
        let receipt = try await house.ended("job.json")
        #expect(receipt.session == session && gates.map(\.count) == [1, 2])
        #expect(receipt.attempts == ["one": 1, "two": 1])
        #expect(house.names(in: "held") == [])
        house.expectNothingInFlight()
    }

    /// Another file has its place in `held/`: that is said, and the job goes on.
    @Test func aPlaceThatIsTakenIsARefusal() async throws {
        let (house, gate) = try House.withGate()
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let session = try await house.session(in: "active")
        try writeFile("\(house.root)/held/\(session).json", "{}".utf8)
        try house.request("job.json.hold")
        try await house.requestsAreDone()
        try await house.eventually("a word about it") {
            daemon.said("Refused", "another file is in its place, held/\(session).json")
        }
        try await gate.reached(2)
        try await gate.open()
        #expect(try await house.ended("job.json").session == session)
        #expect(try readFile("\(house.root)/held/\(session).json") == Array("{}".utf8))
    }

    /// To move its file to the inbox by hand is as good as to release it; but not to drop one of its
    /// name.
    @Test func aSessionIsReleasedByHand() async throws {
        var settings = HouseSettings()
        settings.pipelines["gates"] = [Gate.step("one"), Gate.step("two")]
        let house = try House(settings)
        let gates = try ["one", "two"].map { try Gate($0, in: house) }
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gates"))
        try await gates[0].open()
        try await gates[1].reached()
        let session = try await house.session(in: "active")
        try house.request("\(session).hold")
        try await house.requestsAreDone()
        try house.drop("\(session).json", House.spec("gates"))
        try await gates[0].open()
        try await gates[1].reached(2)
        try await gates[1].open()
        #expect(try await house.ended("\(session).json").session != session)

        #expect(
            rename("\(house.root)/held/\(session).json", "\(house.root)/inbox/\(session).json") == 0
        )
        try await gates[1].open()
        let receipt = try await house.ended("job.json")
        #expect(receipt.session == session && gates.map(\.count) == [2, 3])
        #expect(daemon.count(of: "Claimed ") == 2)
        house.expectNothingInFlight()
    }

    @Test(arguments: [true, false])
    func aFileThatWaitsIsMovedAndComesBack(_ isRunning: Bool) async throws {
        let house = try House()
        var daemon = try await house.startPaused()
        func ask(_ request: String) async throws {
            if !isRunning {
                daemon.send(SIGKILL)
                _ = try await daemon.exit()
            }
            try house.request(request)
            if !isRunning { daemon = try await house.start() }
            try await house.requestsAreDone()
        }
        try house.drop("job.json")
        try await ask("job.json.hold")
        #expect(house.names(in: "held") == ["job.json"] && house.names(in: "inbox") == [])
        // As after a crash, or asked for twice.
        try await ask("job.json.hold")
        #expect(house.names(in: "held") == ["job.json"])
        try await ask("job.json.release")
        #expect(house.names(in: "held") == [] && house.names(in: "inbox") == ["job.json"])
        try await ask("job.json.release")
        #expect(unlink("\(house.root)/control/paused") == 0)
        try await house.ended("job.json")
        #expect(house.names(in: "outputs").count == 1)
        house.expectNothingInFlight()
    }

    @Test func aParkedJobIsHeldAndParkedAgain() async throws {
        let house = try House()
        var daemon = try await house.start()
        try house.drop("job.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        let session = try await house.session(in: "deferred")
        try house.request("job.json.hold")
        try await house.requestsAreDone()
        #expect(house.names(in: "held") == ["\(session).json"])
        daemon = try await house.restart(daemon)
        try house.request("job.json.release")
        try await house.eventually("it is parked again") {
            house.names(in: "deferred") == ["\(session).json"]
        }
        #expect(house.names(in: "held") == [] && house.jobs(in: "done") == [])
    }

    @Test func aHeldJobCanBeCancelled() async throws {
        let house = try House()
        let daemon = try await house.startPaused()
        try house.drop("waits.json")
        try house.request("waits.json.hold")
        try await house.requestsAreDone()
        try house.request("waits.json.cancel")
        try await house.ended("waits.json", in: "failed")

        try house.drop("begun.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        #expect(unlink("\(house.root)/control/paused") == 0)
        let session = try await house.session(in: "deferred")
        try house.request("\(session).hold")
        try await house.requestsAreDone()
        #expect(house.names(in: "held") == ["\(session).json"])
        try house.request("\(session).cancel")
        #expect(try await house.ended("begun.json", in: "failed").session == session)
        #expect(house.names(in: "held") == [])
        house.expectNothingInFlight()
        try await house.requestsAreDone()
        #expect(daemon.count(of: "Cancelled ") == 2)
    }

    /// Of two requests about one job the older goes first, whatever their names are.
    @Test func requestsAreTakenInTheirOrder() async throws {
        let house = try House()
        let daemon = try await house.startPaused()
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        try house.drop("job.json")
        try house.request("job.json.hold")
        // The clock of the file system may be no finer than this.
        usleep(20_000)
        try house.request("job.json.release")
        usleep(20_000)
        try house.request("job.json.cancel")
        let next = try await house.start()
        try await house.ended("job.json", in: "failed")
        try await house.requestsAreDone()
        let order = next.lines.compactMap { line in
            ["Held", "Released", "Cancelled"].first { line.contains("\($0) job.json") }
        }
        #expect(order == ["Held", "Released", "Cancelled"])
    }
}
