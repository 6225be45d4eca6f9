import Glibc
import Testing

/// `reelctl fsck` on the roots of real daemons.
@Suite struct FsckTests {
    @Test func aRootAtWorkIsClean() async throws {
        var settings = HouseSettings()
        settings.retention = "interval: 0.1, count: 5"
        settings.pipelines["bad"] = [.shell("bad", "exit 1")]
        let house = try House(settings)
        let daemon = try await house.start()
        var dropped = 0
        var checks = 0
        while dropped < 60 {
            for _ in 0..<10 {
                dropped += 1
                let pipeline = dropped % 7 == 0 ? "bad" : dropped % 11 == 0 ? "none" : "copy"
                let later = dropped % 5 == 0 ? ", \"not_before\": \"2099-01-01T00:00:00Z\"" : ""
                try house.drop(
                    "\(dropped).json", House.spec(pipeline, "\"id\": \"\(dropped)\"\(later)"))
            }
            let result = try await house.runReelctl("fsck")
            #expect(result.ending == .exited(0), "\(result.text)")
            #expect(result.text.contains("clean; a daemon works there"), "\(result.text)")
            checks += 1
        }
        #expect(checks == 6)
        try await house.eventually("all is done") {
            house.names(in: "inbox").isEmpty && house.names(in: "active").isEmpty
        }
        let refused = try await house.runReelctl("fsck", "--repair")
        #expect(refused.ending == .exited(75))
        #expect(refused.text.contains("process \(daemon.pid) works there"), "\(refused.text)")
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        let result = try await house.runReelctl("fsck", "--deep")
        #expect(result.ending == .exited(0) && result.text.contains("clean."), "\(result.text)")
    }

    /// Wherever a daemon was killed, a repair between two runs loses nothing.
    @Test func aKilledDaemonsRootIsRepairedWithoutLoss() async throws {
        let house = try House()
        let jobs = (0..<20).map { "job\($0).json" }
        var dropped = 0
        var deaths = Deaths()
        while house.jobs(in: "done").count < jobs.count {
            let daemon = try await house.start()
            let goal = house.names(in: "outputs").count + Int.random(in: 1...6)
            try await house.eventually("some progress") {
                if dropped < jobs.count {
                    try house.drop(jobs[dropped])
                    dropped += 1
                }
                // The last daemon is to finish what all the others left.
                if dropped == jobs.count { return house.jobs(in: "done").count == dropped }
                return house.names(in: "outputs").count >= min(goal, dropped)
                    && deaths.allowOneMore(in: house)
            }
            daemon.send(SIGKILL)
            #expect(try await daemon.exit() == .signalled(SIGKILL))
            deaths.note(in: house)
            let repair = try await house.runReelctl("fsck", "--repair")
            #expect(repair.ending == .exited(0), "\(repair.text)")
            #expect(names(in: "\(house.root)/lost") == [], "\(repair.text)")
            let after = try await house.runReelctl("fsck", "--deep")
            #expect(after.ending == .exited(0) && after.text.contains("clean"), "\(after.text)")
        }
        #expect(house.jobs(in: "done") == jobs.sorted())
        #expect(house.names(in: "outputs").count == jobs.count)
    }

    /// The job whose file is gone goes on; findings come as text and as JSON, with a status.
    @Test func aRepairedJobGoesOn() async throws {
        var settings = HouseSettings()
        settings.pipelines["gates"] = [Gate.step("one"), Gate.step("two")]
        let house = try House(settings)
        let gates = try ["one", "two"].map { try Gate($0, in: house) }
        let first = try await house.start()
        try house.drop("a.json", House.spec("gates"))
        try await gates[0].open()
        try await gates[1].reached()
        first.send(SIGKILL)
        #expect(try await first.exit() == .signalled(SIGKILL))
        let file = try #require(house.names(in: "active").first)
        #expect(unlink("\(house.root)/active/\(file)") == 0)
        #expect(rmdir("\(house.root)/held") == 0)

        let missing = try await house.runReelctl("fsck", "--json")
        #expect(missing.ending == .exited(1) && missing.text.contains("\"missing_directory\""))
        let repair = try await house.runReelctl("fsck", "--repair", "--json")
        #expect(repair.ending == .exited(0), "\(repair.text)")
        for text in ["\"missing_directory\"", "\"session_without_file\"", "\"repaired\""] {
            #expect(repair.text.contains(text), "\(repair.text)")
        }
        _ = try await house.start()
        try await gates[1].reached(2)
        try await gates[1].open()
        let receipt = try await house.ended("a.json")
        #expect(gates.map(\.count) == [1, 2] && receipt.outputs.count == 2)
        unlink("\(house.root)/\(receipt.outputs[0].path)")
        let left = try await house.runReelctl("fsck")
        #expect(left.ending == .exited(1) && left.text.contains("missing_output"), "\(left.text)")
    }

    @Test func whatIsNoRootIsLeftAlone() async throws {
        let house = try House()
        for option in ["--deep", "--repair"] {
            let result = try await house.runReelctl("fsck", option)
            #expect(result.ending == .exited(66), "\(result.text)")
            #expect(access(house.root, F_OK) != 0)
        }
    }
}
