import Core
import Glibc
import Testing

/// A job gets into the inbox in many ways, and comes out the same from each.
@Suite struct DroppingTests {
    enum Way: CaseIterable {
        case rename, slowWriting, hardLink, touchThenFill, manyOpens
    }

    @Test(arguments: Way.allCases) func aDroppedJobIsDone(_ way: Way) async throws {
        var settings = HouseSettings()
        // Only the slow writer is to outlast it.
        let quiet = way == .slowWriting ? 0.1 : 60
        settings.inbox = "quiet_time: \(quiet), scan_interval: 60"
        let house = try House(settings)
        let daemon = try await house.start()
        let padding = String(repeating: "x", count: 900)
        let spec = House.spec("copy", "\"labels\": {\"padding\": \"\(padding)\"}")
        let path = "\(house.root)/inbox/job.json"
        switch way {
        case .rename: try house.drop("job.json", spec)
        case .hardLink:
            try writeFile("\(house.path)/original", spec.utf8)
            #expect(link("\(house.path)/original", path) == 0)
        case .slowWriting: try await writeSlowly(spec, to: path, house)
        case .touchThenFill:
            try writeFile(path, [])
            // What comes after it is looked at after it: it was seen empty, and left to wait.
            try house.drop("other.json")
            try await house.ended("other.json")
            #expect(house.names(in: "inbox") == ["job.json"])
            try writeFile(path, spec.utf8)
        case .manyOpens:
            try writeFile(path, spec.utf8.prefix(300))
            let file = open(path, O_WRONLY | O_APPEND)
            defer { close(file) }
            let rest = Array(spec.utf8.dropFirst(300))
            #expect(write(file, rest, rest.count) == rest.count)
        }
        let receipt = try await house.ended("job.json")
        try expectCopy(of: spec, receipt, house)
        #expect(receipt.attempts == ["copy": 1] && receipt.error == nil)
        #expect(try readFile("\(house.root)/done/job.json") == Array(spec.utf8))
        house.expectNothingInFlight()
        #expect(daemon.count(of: "Claimed job.json") == 1)
        try await house.eventually("it says so") { daemon.count(of: "job.json is done") == 1 }
    }

    /// A part at a time, with the file open all along, and a pause longer than the quiet time.
    private func writeSlowly(_ spec: String, to path: String, _ house: House) async throws {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(file) }
        for byte in stride(from: 0, to: spec.utf8.count, by: 100) {
            let part = Array(spec.utf8.dropFirst(byte).prefix(100))
            #expect(write(file, part, part.count) == part.count)
            // This is the writer's slowness, not a wait for the daemon.
            try await Task.sleep(for: .milliseconds(byte == 300 ? 500 : 20))
            #expect(house.names(in: "inbox") == ["job.json"], "taken while it was written")
        }
    }

    private func expectCopy(of spec: String, _ receipt: House.Receipt, _ house: House) throws {
        let output = try #require(receipt.outputs.first)
        let session = try #require(receipt.session)
        #expect(receipt.outputs.count == 1)
        #expect(output.path == "outputs/\(session)/final_output/job.json")
        #expect(output.bytes == spec.utf8.count)
        var hash = SHA256()
        Array(spec.utf8).withUnsafeBytes { hash.update($0) }
        #expect(output.sha256 == hash.finalizeHexadecimal())
        #expect(try house.published(output) == Array(spec.utf8))
    }

    /// Nothing is overwritten, and the first being at work does not keep the second from it.
    @Test func filesOfTheSameNameAreJobsOfTheirOwn() async throws {
        var settings = HouseSettings()
        settings.pipelines["wait"] = [
            .shell("wait", "cp $JOB $OUT; while [ ! -e $HOUSE/go ]; do sleep 0.05; done")
        ]
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("wait", "\"labels\": {\"number\": \"1\"}"))
        try await house.eventually("the first started") {
            daemon.said("Step wait of job.json started")
        }
        try house.drop("job.json", House.spec("copy", "\"labels\": {\"number\": \"2\"}"))
        try await house.ended("job.json")
        #expect(house.names(in: "active").count == 1)
        try writeFile("\(house.path)/go", [])
        try await house.ended("job~2.json")
        #expect(house.jobs(in: "done") == ["job.json", "job~2.json"])
        house.expectNothingInFlight()
    }

    /// `mv failed/NAME.json inbox/` tries again.
    @Test func aFailedJobCanBeTriedAgain() async throws {
        var settings = HouseSettings()
        settings.pipelines["picky"] = [
            .shell(
                "check", "test -e $HOUSE/allowed || { echo not allowed >&2; exit 1; }; cp $JOB $OUT"
            )
        ]
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("job.json", House.spec("picky"))
        let failed = try await house.ended("job.json", in: "failed")
        #expect(failed.error?.code == "tool_failed" && failed.error?.stage == "check")
        #expect(failed.error?.message.contains("not allowed") == true)
        try writeFile("\(house.path)/allowed", [])
        #expect(rename("\(house.root)/failed/job.json", "\(house.root)/inbox/job.json") == 0)
        try await house.ended("job.json")
        house.expectNothingInFlight()
    }

    /// What tools keep for themselves in their home is no output.
    @Test func dotfilesAreNotPublished() async throws {
        var settings = HouseSettings()
        settings.pipelines["cache"] = [
            .shell("make", "mkdir $HOME/.cache; touch $HOME/.cache/a .b; cp $JOB .")
        ]
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("job.json", House.spec("cache"))
        let receipt = try await house.ended("job.json")
        #expect(receipt.outputs.map { $0.path.split(separator: "/").last } == ["job.json"])
    }

    @Test func twoHundredInASecondAreTwoHundredJobs() async throws {
        let house = try House()
        let daemon = try await house.start()
        let names = (0..<200).map { "job\($0).json" }
        for name in names { try house.drop(name) }
        try await house.eventually("200 receipts") {
            house.names(in: "done").count == 400 && house.names(in: "active").isEmpty
        }
        #expect(house.jobs(in: "done") == names.sorted())
        let sessions = try names.map { try #require(try house.receipt(of: $0, in: "done").session) }
        #expect(Set(sessions).count == 200)
        #expect(house.names(in: "outputs") == sessions.sorted())
        for session in sessions {
            #expect(house.names(in: "outputs/\(session)/final_output") == ["job.json"])
        }
        #expect(house.names(in: "failed") == [] && house.names(in: "rejected") == [])
        house.expectNothingInFlight()
        try await house.eventually("it says so") { daemon.count(of: " is done in ") == 200 }
    }
}
