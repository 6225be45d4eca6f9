import Glibc
import Testing

/// `TARGET.retry`: a job that has failed is tried again.
@Suite struct RetryTests {
    /// A pipeline whose second step fails as long as a file is in the house.
    private func house() throws -> (House, Gate) {
        var settings = HouseSettings()
        settings.pipelines["frail"] = [
            Gate.step("one"), .shell("two", "test ! -e $HOUSE/broken; echo well > $OUT/two.txt"),
        ]
        let house = try House(settings)
        try writeFile("\(house.path)/broken", [])
        return (house, try Gate("one", in: house))
    }

    private func fail(_ house: House, _ gate: Gate) async throws -> String {
        try house.drop("job.json", House.spec("frail"))
        try await gate.open()
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.error?.stage == "two" && receipt.attempts == ["one": 1, "two": 1])
        return try #require(receipt.session)
    }

    @Test(arguments: ["job.json", "session"], [true, false])
    func itGoesOnInTheSameSession(_ target: String, _ isRunning: Bool) async throws {
        let (house, gate) = try house()
        let daemon = try await house.start()
        let session = try await fail(house, gate)
        // Once more in vain.
        try house.request("\(session).retry")
        try await house.requestsAreDone()
        try await house.eventually("it has failed again") {
            (try? house.receipt(of: "job.json", in: "failed").retries) == 1
                && house.names(in: "active") == []
        }
        #expect(unlink("\(house.path)/broken") == 0)
        if !isRunning {
            daemon.send(SIGKILL)
            _ = try await daemon.exit()
        }
        try house.request(target == "session" ? "\(session).retry" : "\(target).retry")
        if !isRunning { _ = try await house.start() }
        let receipt = try await house.ended("job.json")
        #expect(receipt.session == session && gate.count == 1)
        #expect(receipt.retries == 2 && receipt.attempts == ["one": 1, "two": 3])
        #expect(receipt.outputs.count == 2)
        #expect(try house.published(receipt.outputs[0]) == Array("halfwhole".utf8))
        try await house.requestsAreDone()
        #expect(house.names(in: "failed") == [], "the old receipt lies around")
        #expect(house.names(in: "outputs") == [session])
        house.expectNothingInFlight()
    }

    /// What retention removed of it is made anew when it is needed.
    @Test func directoriesThatWereRemovedAreMadeAnew() async throws {
        var settings = HouseSettings()
        settings.retention = "interval: 0.1, directories: { logs: 1, images: 1, video_clips: 1 }"
        settings.pipelines["frail"] = [
            .shell("one", "echo one > $OUT/one.txt"),
            .shell("two", "test ! -e $HOUSE/broken; echo well > $OUT/two.txt"),
        ]
        let house = try House(settings)
        try writeFile("\(house.path)/broken", [])
        _ = try await house.start()
        try house.drop("job.json", House.spec("frail"))
        let session = try #require(try await house.ended("job.json", in: "failed").session)
        try await house.eventually("its logs are removed") {
            !house.names(in: "outputs/\(session)").contains("logs")
        }
        #expect(unlink("\(house.path)/broken") == 0)
        try house.request("job.json.retry")
        let receipt = try await house.ended("job.json")
        #expect(receipt.session == session && receipt.attempts == ["one": 1, "two": 2])
    }

    /// A changed spec, or a session that somebody has removed: a new job.
    @Test(arguments: ["spec", "session"]) func whatIsNotTheSameIsBegunAnew(
        _ change: String
    ) async throws {
        let (house, gate) = try house()
        _ = try await house.start()
        let session = try await fail(house, gate)
        if change == "spec" {
            try writeFile("\(house.root)/failed/job.json", House.spec("copy").utf8)
        } else {
            #expect(unlink("\(house.path)/broken") == 0)
            #expect(
                rename("\(house.root)/outputs/\(session)", "\(house.path)/\(session)") == 0)
        }
        try house.request("job.json.retry")
        if change == "session" { try await gate.open() }
        let receipt = try await house.ended("job.json")
        #expect(receipt.session != session && receipt.retries == nil)
        try await house.requestsAreDone()
        #expect(house.names(in: "failed") == [], "the old receipt lies around")
        house.expectNothingInFlight()
    }

    @Test func aCancelledJobGoesOnToo() async throws {
        let (house, gate) = try house()
        _ = try await house.start()
        #expect(unlink("\(house.path)/broken") == 0)
        try house.drop("job.json", House.spec("frail"))
        try await gate.reached()
        let session = try await house.session(in: "active")
        try house.request("\(session).cancel")
        try await house.ended("job.json", in: "failed")
        try await house.requestsAreDone()
        try house.request("\(session).retry")
        try await gate.reached(2)
        try await gate.open()
        #expect(try await house.ended("job.json").session == session)
        #expect(house.names(in: "failed") == [])
    }

    @Test func aRejectedFileIsLookedAtAgain() async throws {
        var settings = HouseSettings()
        let house = try House(settings)
        var daemon = try await house.start()
        try house.drop("job.json", House.spec("later"))
        try await house.ended("job.json", in: "rejected")
        settings.pipelines["later"] = [.copy]
        try house.configure(settings)
        daemon = try await house.restart(daemon)
        try house.request("job.json.retry")
        try await house.ended("job.json")
        try await house.requestsAreDone()
        #expect(house.names(in: "rejected") == [])
        #expect(daemon.said("Retrying job.json as a new job"))
    }

    /// The crash comes after the record was opened again, after the file was moved, after all.
    @Test(arguments: 0..<3) func goesOnAfterACrashInBetween(_ moment: Int) async throws {
        let (house, gate) = try house()
        let daemon = try await house.start()
        let session = try await fail(house, gate)
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        #expect(unlink("\(house.path)/broken") == 0)
        let record = "\(house.root)/outputs/\(session)/metadata/session.json"
        if moment < 2 {
            // The record as it is when it was opened again.
            let script = """
                import json, sys
                record = json.load(open(sys.argv[1]))
                outcome = record.pop("outcome")
                record["earlier"] = [{"outcome": outcome, "attempts": {"two": 1}}]
                record["steps"]["two"]["tries"] = {}
                json.dump(record, open(sys.argv[1], "w"))
                """
            let python = try RunningDaemon(
                ["/usr/bin/python3", "-c", script, record], log: "\(house.path)/python",
                output: "\(house.path)/python")
            #expect(try await python.exit() == .exited(0), "\(python.lines)")
        }
        if moment == 1 {
            #expect(
                rename("\(house.root)/failed/job.json", "\(house.root)/active/\(session).json")
                    == 0)
        }
        let target = moment == 1 ? session : "job.json"
        try house.request("\(target).retry")
        _ = try await house.start()
        let receipt = try await house.ended("job.json")
        #expect(receipt.session == session && gate.count == 1)
        #expect(receipt.retries == 1 && receipt.attempts == ["one": 1, "two": 2])
        try await house.requestsAreDone()
        #expect(house.names(in: "failed") == [], "the old receipt lies around")
        house.expectNothingInFlight()
    }

    /// Moving the file by hand is as good; its receipt goes when the job is asked about.
    @Test func theReceiptOfAFileThatWasMovedByHandIsRemoved() async throws {
        let (house, gate) = try house()
        _ = try await house.start()
        _ = try await fail(house, gate)
        #expect(unlink("\(house.path)/broken") == 0)
        #expect(rename("\(house.root)/failed/job.json", "\(house.root)/inbox/job.json") == 0)
        try await gate.open()
        try await house.ended("job.json")
        #expect(house.names(in: "failed") == [], "the old receipt lies around")
    }
}
