import Glibc
import Testing

/// `TARGET.cancel`: the job ends, wherever it is.
@Suite struct CancelTests {
    private func gatedHouse() throws -> (House, Gate) {
        try House.withGate(step: "wait", before: [.copy])
    }

    private func expectCancelled(_ house: House, _ name: String = "job.json") async throws {
        let receipt = try await house.ended(name, in: "failed")
        #expect(receipt.error?.code == "cancelled")
        #expect(receipt.error?.message.contains("(user \(getuid()))") == true, "\(receipt)")
        try await house.requestsAreDone()
        house.expectNothingInFlight()
        #expect(house.names(in: "held") == [] && house.jobs(in: "done") == [])
    }

    /// A running tool, one that does not even heed SIGTERM, and what either has started.
    @Test(arguments: ["trap '' TERM", ":"])
    func aRunningJobIsEndedWithItsProcessGroup(_ preparation: String) async throws {
        var settings = HouseSettings()
        var step = Gate.step("wait")
        step.command[2] = preparation + "\n" + step.command[2]
        settings.pipelines["gate"] = [step]
        let house = try House(settings)
        let gate = try Gate("wait", in: house)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let session = try await house.session(in: "active")
        let processes = gate.processes.flatMap { $0 }
        #expect(processes.count == 2 && processes.allSatisfy(isAlive))
        try house.request("\(session).cancel")
        try await expectCancelled(house)
        #expect(processes.filter(isAlive) == [], "left running")
        try await house.eventually("a word about it") {
            daemon.said("Cancelled job.json", "(user \(getuid()))")
        }
        let receipt = try house.receipt(of: "job.json", in: "failed")
        #expect(receipt.session == session)
        // The daemon is none the worse for it.
        try house.drop("next.json")
        try await house.ended("next.json")
    }

    /// By the name it was dropped under, and by `~` for one of two.
    @Test func aRunningJobIsFoundByTheNameOfItsFile() async throws {
        let (house, gate) = try gatedHouse()
        _ = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        try house.request("job.json.cancel")
        try await expectCancelled(house)
    }

    @Test func ofTwoRunningJobsOfOneNameNoneIsTakenForTheOther() async throws {
        let (house, gate) = try gatedHouse()
        let daemon = try await house.start()
        for number in 1...2 {
            try house.drop("job.json", House.spec("gate"))
            try await gate.reached(number)
        }
        try house.request("job.json.cancel")
        try await house.eventually("a word about it") {
            daemon.said("Refused job.json.cancel", "any of session_")
        }
        try await house.requestsAreDone()
        #expect(house.names(in: "active").count == 2 && house.names(in: "failed") == [])
        let session = try await house.session(in: "active")
        try house.request("\(session).cancel")
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.session == session)
        #expect(house.names(in: "active").count == 1)
    }

    @Test(arguments: [true, false])
    func aFileThatWaitsIsFiledAway(_ isRunning: Bool) async throws {
        let house = try House()
        let daemon = try await house.startPaused()
        if !isRunning {
            daemon.send(SIGKILL)
            _ = try await daemon.exit()
        }
        try house.drop("job.json")
        try house.request("job.json.cancel")
        if !isRunning { _ = try await house.start() }
        try await expectCancelled(house)
        #expect(house.names(in: "outputs") == [])
        #expect(try readFile("\(house.root)/failed/job.json") == Array(House.spec().utf8))
    }

    /// What was asked for while no daemon ran is done before one starts anything.
    @Test func aDaemonThatStartsCancelsFirst() async throws {
        let (house, gate) = try gatedHouse()
        let first = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        first.send(SIGKILL)
        _ = try await first.exit()
        let session = try await house.session(in: "active")
        try house.request("\(session).cancel")
        try house.drop("waits.json", House.spec("gate"))
        try house.request("waits.json.cancel")
        _ = try await house.start()
        try await expectCancelled(house)
        try await expectCancelled(house, "waits.json")
        #expect(gate.count == 1)
    }

    @Test func aParkedJobIsCancelled() async throws {
        let house = try House()
        _ = try await house.start()
        try house.drop("job.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        let session = try await house.session(in: "deferred")
        try house.request("\(session).cancel")
        try await expectCancelled(house)
    }

    /// As after a crash between the effect and the removal of the request.
    @Test func isNotDoneTwice() async throws {
        let (house, gate) = try gatedHouse()
        var daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let session = try await house.session(in: "active")
        for name in ["\(session).cancel", "job.json.cancel"] {
            try house.request(name)
            try await expectCancelled(house)
            let receipt = try readFile("\(house.root)/failed/job.json.receipt")
            daemon.send(SIGKILL)
            _ = try await daemon.exit()
            try house.request(name)
            daemon = try await house.start()
            try await expectCancelled(house)
            #expect(try readFile("\(house.root)/failed/job.json.receipt") == receipt)
            #expect(house.names(in: "failed") == ["job.json", "job.json.receipt"])
        }
        // Before the file was filed, but with the outcome on record.
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        #expect(
            rename("\(house.root)/failed/job.json", "\(house.root)/active/\(session).json") == 0)
        try house.request("\(session).cancel")
        _ = try await house.start()
        try await expectCancelled(house)
        #expect(gate.count == 1)
    }

    @Test func whatIsNotThereIsSaid() async throws {
        let house = try House()
        let daemon = try await house.start()
        try house.drop("job.json")
        try await house.ended("job.json")
        try house.request("none.json.cancel")
        try house.request("job.json.cancel")
        try house.request("job.json.release")
        try await house.eventually("a word about each") {
            daemon.said("none.json.cancel", "no such job")
                && daemon.said("job.json.cancel", "the job has ended")
                && daemon.said("job.json.release", "the job has ended")
        }
        try await house.requestsAreDone()
        #expect(house.jobs(in: "done") == ["job.json"] && house.names(in: "failed") == [])
    }
}
