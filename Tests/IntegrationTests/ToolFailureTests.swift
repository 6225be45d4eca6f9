import Glibc
import Testing

/// Tools that hang, fail, or are not there.
@Suite struct ToolFailureTests {
    @Test func aToolThatHangsIsKilledWithAllItStarted() async throws {
        var settings = HouseSettings()
        settings.pipelines["hang"] = [
            .shell(
                "hang",
                """
                trap '' TERM
                (sleep 1000 & echo $! >> $HOUSE/pids; wait) &
                echo $$ $! >> $HOUSE/pids
                sleep 1000
                """, timeout: 0.5)
        ]
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("hang"))
        try house.drop("good.json")
        try await house.ended("good.json")
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.error?.code == "timeout" && receipt.error?.stage == "hang")
        #expect(receipt.error?.message.contains("time was up") == true)
        #expect(receipt.attempts == ["hang": 2])
        #expect(receipt.outputs.isEmpty)
        #expect(daemon.count(of: "is tried again in") == 1)
        let text = String(decoding: try readFile("\(house.path)/pids"), as: UTF8.self)
        let pids = text.split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
        #expect(pids.count == 6)
        #expect(pids.filter(isAlive) == [], "left running")
        house.expectNothingInFlight()
    }

    @Test(arguments: [(75, 2, "failed"), (1, 1, "failed"), (75, 1, "done")])
    func onlyWhatMayPassIsTriedAgain(_ status: Int, _ attempts: Int, _ state: String) async throws {
        var settings = HouseSettings()
        // A retry that works is wanted for the last case only.
        let mend = state == "done" ? "[ ! -e $HOUSE/tried ] || exit 0; touch $HOUSE/tried" : ":"
        settings.pipelines["fail"] = [
            .shell("fail", "\(mend); echo partial > $OUT/partial; echo sorry >&2; exit \(status)")
        ]
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("job.json", House.spec("fail"))
        let receipt = try await house.ended("job.json", in: state)
        #expect(receipt.attempts == ["fail": state == "done" ? 2 : attempts])
        #expect(receipt.outputs.isEmpty)
        if state == "failed" {
            #expect(receipt.error?.message.contains("sorry") == true)
            let session = try #require(receipt.session)
            #expect(house.names(in: "outputs/\(session)/final_output") == [])
        }
    }

    /// Nobody's fault but the machine's: the job waits until the tool is there.
    @Test func aToolThatIsMissingParksItsJobs() async throws {
        var settings = HouseSettings()
        settings.retry = "attempts: 1, first_delay: 0.1, longest_delay: 0.1"
        settings.breaker = "failures: 2, wait: 0.2, successes: 1"
        settings.pipelines["tool"] = [
            .init(name: "use", command: ["reeld-test-tool", "{job}", "{out}/job.json"])
        ]
        let house = try House(settings)
        let tools = "\(house.path)/tools"
        #expect(mkdir(tools, 0o755) == 0)
        settings.tools = "path: [\(tools.quoted), \"/usr/bin\", \"/bin\"]"
        try house.configure(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("tool"))
        try house.drop("good.json")
        try await house.ended("good.json")
        // Long enough for the breaker to open.
        try await house.eventually("it is left alone") { daemon.said("is left alone for") }
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        #expect(daemon.said("reeld-test-tool", tools))
        #expect(house.names(in: "failed") == [])
        try writeFile("\(tools)/draft", "#!/bin/sh\nexec cp \"$@\"\n".utf8, mode: 0o755)
        #expect(rename("\(tools)/draft", "\(tools)/reeld-test-tool") == 0)
        let receipt = try await house.ended("job.json")
        #expect(receipt.attempts == ["use": 1], "the machine's failures are not the job's")
        house.expectNothingInFlight()
    }
}
