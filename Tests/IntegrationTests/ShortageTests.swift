import Glibc
import Testing

/// The machine runs short of something for a time.
@Suite struct ShortageTests {
    /// With descriptors enough to look at a file, but not to claim it, jobs wait in the inbox
    /// without a storm of attempts, and are done when there are enough again.
    @Test func aClaimThatFailsIsTriedAgainLater() async throws {
        let house = try House()
        let daemon = try await house.start()
        try house.drop("first.json")
        try await house.ended("first.json")
        try await house.eventually("it says so") { daemon.said("first.json is done") }
        let open = IntegrationTests.names(in: "/proc/\(daemon.pid)/fd").compactMap { Int($0) }
        // The limit is on a descriptor's number: all lower ones but one are in use.
        let free = (0...).first { !open.contains($0) } ?? 0
        var usual = rlimit()
        var tight = rlimit(rlim_cur: rlim_t(free + 1), rlim_max: 0)
        #expect(prlimit(daemon.pid, RLIMIT_NOFILE, nil, &usual) == 0)
        tight.rlim_max = usual.rlim_max
        #expect(prlimit(daemon.pid, RLIMIT_NOFILE, &tight, nil) == 0)
        try house.drop("job.json")
        try await house.eventually("it complains") { daemon.said("job.json", "oo many open files") }
        // This measures half a second; it does not wait for anything.
        try await Task.sleep(for: .milliseconds(500))
        #expect(daemon.count(of: "oo many open files") <= 2)
        #expect(prlimit(daemon.pid, RLIMIT_NOFILE, &usual, nil) == 0)
        try await house.ended("job.json")
        // What could not even be cleaned up is gone after the next start.
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        _ = try await house.start()
        #expect(house.names(in: "outputs").count == 2)
        house.expectNothingInFlight()
    }

    /// A tool that fills the disk fails; its job does not, and is done when there is room.
    @Test(
        .enabled("No file system can be mounted here, to be filled: that takes root.") {
            House.canMount
        }
    )
    func aJobThatFillsTheDiskIsParked() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        settings.pipelines["greedy"] = [
            .shell(
                "fill",
                """
                [ -e "$HOUSE/room" ] || dd if=/dev/zero of=big bs=64k count=1000
                cp "$JOB" "$OUT/job.json"
                """)
        ]
        let house = try House(settings)
        mkdir(house.root, 0o755)
        try #require(mount("none", house.root, "tmpfs", 0, "size=4m") == 0)
        defer { umount2(house.root, Int32(MNT_DETACH)) }
        let daemon = try await house.start()
        defer { daemon.end() }
        try house.place("greedy.json", House.spec("greedy"))
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        try await house.eventually("it says so") {
            daemon.said("Deferred greedy.json", "no space left")
        }
        try house.place("other.json")
        try await house.ended("other.json")

        try writeFile("\(house.path)/room", [])
        let parked = try #require(house.names(in: "deferred").first)
        // An operator brings it forward.
        utimes("\(house.root)/deferred/\(parked)", nil)
        let receipt = try await house.ended("greedy.json")
        #expect(receipt.outputs.count == 1)
        house.expectNothingInFlight()
    }

    /// With less room than the reserve nothing more is claimed, everybody is told, and work goes on
    /// by itself when there is room again.
    @Test(
        .enabled("No file system can be mounted here, to be filled: that takes root.") {
            House.canMount
        }, arguments: [Scarcity.bytes, .files])
    func belowTheReserveNothingIsClaimed(_ scarcity: Scarcity) async throws {
        var settings = HouseSettings()
        settings.disk = "reserve_bytes: 8000000, reserve_files: 500"
        let house = try House(settings)
        mkdir(house.root, 0o755)
        try #require(mount("none", house.root, "tmpfs", 0, "size=24m,nr_inodes=2000") == 0)
        defer { umount2(house.root, Int32(MNT_DETACH)) }
        let daemon = try await house.start()
        defer { daemon.end() }
        try house.place("first.json")
        try await house.ended("first.json")

        let ballast = "\(house.root)/ballast"
        mkdir(ballast, 0o755)
        switch scarcity {
        case .bytes: try writeFile("\(ballast)/big", [UInt8](repeating: 1, count: 18_000_000))
        case .files: for number in 0..<1600 { try writeFile("\(ballast)/\(number)", []) }
        }
        try house.place("second.json")
        try await house.eventually("it says so") {
            daemon.said("Could not claim jobs under", "to be kept")
        }
        #expect(house.names(in: "inbox") == ["second.json"])
        #expect(house.names(in: "active").isEmpty && house.names(in: "outputs").count == 1)
        // Who lists is told within a second or so.
        let tells = {
            String(decoding: try readFile("\(house.root)/state/status.json"), as: UTF8.self)
                .contains("\"closure\"")
        }
        try await house.eventually("it is there for readers", tells)
        let listed = try await list(house)
        #expect(listed.contains("No jobs are claimed since") && listed.contains("to be kept"))

        for name in IntegrationTests.names(in: ballast) { unlink("\(ballast)/\(name)") }
        try await house.ended("second.json")
        #expect(daemon.said("There is room on the disk again"))
        try await house.eventually("it is no more") { try !tells() }
        #expect(try await !list(house).contains("No jobs are"))
        house.expectNothingInFlight()
    }

    enum Scarcity { case bytes, files }

    /// What `reelctl list` prints.
    private func list(_ house: House) async throws -> String {
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let output = "\(house.path)/listed-\(UInt32.random(in: 0 ... .max))"
        let command = try RunningDaemon(
            [String(program), "--root", house.root, "list"], log: "\(house.path)/said",
            output: output)
        #expect(try await command.exit() == .exited(0))
        return String(decoding: try readFile(output), as: UTF8.self)
    }

    /// What every job would say is said once, and so is that it is over.
    @Test(.enabled("No file system can be mounted here: that takes root.") { House.canMount })
    func aConditionOfTheFileSystemIsToldOnce() async throws {
        var settings = HouseSettings()
        settings.jobs = "parallel: 4, retry_delay: 0.1"
        let house = try House(settings)
        // What is not told is seen all the same.
        settings.logLevel = "debug"
        try house.configure(settings)
        mkdir(house.root, 0o755)
        try #require(mount("none", house.root, "tmpfs", 0, "size=4m") == 0)
        defer { umount2(house.root, Int32(MNT_DETACH)) }
        let daemon = try await house.start()
        defer { daemon.end() }
        let jobs = (0..<20).map { "\($0).json" }
        for job in jobs { try writeFile("\(house.root)/inbox/.\(job)", House.spec().utf8) }
        let ballast = "\(house.root)/ballast"
        let file = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let page = [UInt8](repeating: 0, count: 4096)
        while write(file, page, page.count) > 0 {}
        close(file)
        for job in jobs {
            #expect(rename("\(house.root)/inbox/.\(job)", "\(house.root)/inbox/\(job)") == 0)
        }
        try await house.eventually("it says so, and once more to itself when it has tried") {
            daemon.said(" error ") && daemon.said(" debug ", "Could not write in ", "o space left")
        }
        #expect(unlink(ballast) == 0)
        for job in jobs { try await house.ended(job) }
        #expect(daemon.count(of: " error ") == 1)
        #expect(daemon.said(" error ", "o space left"))
        try await house.eventually("it says that it is over") {
            daemon.count(of: "can be worked under again") == 1
        }
    }
}
