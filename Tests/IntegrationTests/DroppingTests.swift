import Core
import Glibc
import Testing

/// A job gets into the inbox in many ways, and comes out the same from each.
@Suite struct DroppingTests {
    enum Way: CaseIterable {
        case rename, slowWriting, hardLink, temporaryFile, touchThenFill, manyOpens, lateClose
    }

    /// By events alone: neither the quiet time nor a scan comes to help.
    @Test(arguments: Way.allCases) func aDroppedJobIsDone(_ way: Way) async throws {
        // Only the slow writer is to outlast it.
        let quiet = way == .slowWriting ? 0.1 : 3600
        try await dropped(way, "quiet_time: \(quiet), scan_interval: 3600")
    }

    /// By polling alone. What was not whole at the first look is looked at again after the quiet
    /// time; what nobody has open then and is not whole yet would be rejected.
    @Test(arguments: Way.allCases.filter { $0 != .touchThenFill && $0 != .manyOpens })
    func isDoneWithoutAnyEvent(_ way: Way) async throws {
        let isWholeAtOnce = [.rename, .hardLink, .temporaryFile].contains(way)
        try await dropped(
            way,
            """
            quiet_time: \(isWholeAtOnce ? 3600 : 0.4), scan_interval: 3600, watch: "poll",
            poll_interval: 0.1
            """)
    }

    private func dropped(_ way: Way, _ inbox: String) async throws {
        var settings = HouseSettings()
        settings.inbox = inbox
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
        case .temporaryFile: try makeAndLink(spec, to: path, house)
        case .slowWriting: try await writeSlowly(spec, to: path, house)
        case .touchThenFill:
            try writeFile(path, [])
            try await looked(house)
            try writeFile(path, spec.utf8)
        case .manyOpens:
            try writeFile(path, spec.utf8.prefix(300))
            let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
            defer { close(file) }
            let rest = Array(spec.utf8.dropFirst(300))
            #expect(write(file, rest, rest.count) == rest.count)
        case .lateClose:
            let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            defer { close(file) }
            #expect(write(file, spec, spec.utf8.count) == spec.utf8.count)
            try await looked(house)
        }
        let receipt = try await house.ended("job.json")
        try expectCopy(of: spec, receipt, house)
        #expect(receipt.attempts == ["copy": 1] && receipt.error == nil)
        #expect(try readFile("\(house.root)/done/job.json") == Array(spec.utf8))
        house.expectNothingInFlight()
        #expect(daemon.count(of: "Claimed job.json") == 1)
        try await house.eventually("it says so") { daemon.count(of: "job.json is done") == 1 }
    }

    /// What comes after a file is looked at after it: it was seen as it is, and left to wait.
    private func looked(_ house: House) async throws {
        try house.drop("other.json")
        try await house.ended("other.json")
        #expect(house.names(in: "inbox") == ["job.json"])
    }

    /// A file that has no name until it is whole. See open(2), O_TMPFILE.
    private func makeAndLink(_ spec: String, to path: String, _ house: House) throws {
        let flags = O_TMPFILE | O_WRONLY | O_CLOEXEC
        let file = open("\(house.root)/inbox", flags, 0o644)
        defer { close(file) }
        #expect(write(file, spec, spec.utf8.count) == spec.utf8.count)
        #expect(
            linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
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
        settings.logLevel = "debug"
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

    /// Between being found and being claimed, a file may wait for hours; its owner may use them.
    @Test func whatIsWrittenAgainWhileItWaitsIsTakenWhenItIsWhole() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 3600, scan_interval: 3600"
        settings.jobs = "parallel: 1"
        let (house, gate) = try House.withGate(settings, step: "wait")
        let daemon = try await house.start()
        try house.drop("first.json", House.spec("gate"))
        try await gate.reached()
        try house.drop("job.json", House.spec("copy", "\"priority\": 9"))
        try house.drop("other.json")
        // What is rejected after them was looked at after them.
        try house.drop("bad.json", "no")
        try await house.ended("bad.json", in: "rejected")
        let file = open("\(house.root)/inbox/job.json", O_WRONLY | O_TRUNC | O_CLOEXEC)
        let spec = Array(House.spec("copy", "\"labels\": {\"is\": \"new\"}").utf8)
        #expect(write(file, spec, 20) == 20)

        try await gate.open()
        try await house.ended("other.json")
        #expect(house.names(in: "inbox") == ["job.json"])
        #expect(write(file, Array(spec.dropFirst(20)), spec.count - 20) == spec.count - 20)
        close(file)
        try await house.ended("job.json")
        #expect(try readFile("\(house.root)/done/job.json") == spec)
        #expect(daemon.count(of: "Claimed job.json") == 1)
        house.expectNothingInFlight()
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
