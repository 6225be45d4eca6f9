import FoundationEssentials
import Glibc
import Testing

/// The commands that steer jobs, beside a daemon and without one.
@Suite struct ReelctlControlTests {
    private func gatedHouse() throws -> (House, Gate) {
        try House.withGate(step: "wait", before: [.copy])
    }

    private static let far = "\"not_before\": \"2099-01-01T00:00:00Z\""

    @Test func aRunningJobIsHeldReleasedCancelledAndRetried() async throws {
        let (house, gate) = try gatedHouse()
        _ = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let session = try await house.session(in: "active")

        // The default patience is 30 s, which a slow machine may need and more.
        let held = try await house.expect(0, of: "hold --timeout 300 job.json")
        #expect(held.printed == "job.json (\(session)) has been held\n")
        #expect(house.names(in: "held") == ["\(session).json"])
        let list = try await house.expect(0, of: "list held")
        #expect(list.printed.contains(session.suffix(4)) && list.printed.contains("1/2"))
        #expect(try await house.expect(0, of: "hold job.json").printed.contains("is held"))

        try await house.expect(0, of: "release --timeout 300 \(session)")
        try await gate.reached(2)
        #expect(try await house.expect(69, of: "release job.json").said.contains("is not held"))
        #expect(try await house.expect(69, of: "retry job.json").said.contains("has not ended"))

        try await house.expect(0, of: "cancel --timeout 300 job.json")
        #expect(gate.processes.flatMap { $0 }.filter(isAlive) == [], "left running")
        #expect(try house.receipt(of: "job.json", in: "failed").error?.code == "cancelled")
        #expect(try await house.expect(69, of: "cancel job.json").said.contains("has ended"))

        let retried = try await house.expect(0, of: "retry --timeout 300 --json job.json")
        #expect(retried.printed.contains("\"result\" : \"done\""))
        try await gate.reached(3)
        try await gate.open()
        #expect(try await house.ended("job.json").session == session)
        #expect(try house.receipt(of: "job.json", in: "done").attempts == ["copy": 1, "wait": 1])
        house.expectNothingInFlight()
    }

    @Test func aWaitingFileIsHeldReleasedCancelledAndRetried() async throws {
        let house = try House()
        let daemon = try await house.startPaused()
        try house.drop("job.json")
        for (verb, place) in [
            ("hold", "held"), ("release", "inbox"), ("cancel", "failed"), ("retry", "inbox"),
        ] {
            let result = try await house.expect(0, of: "\(verb) --timeout 300 job.json")
            #expect(result.printed.hasPrefix("job.json has been "), "\(verb)")
            #expect(house.names(in: place).contains("job.json"), "\(verb)")
        }
        #expect(house.names(in: "failed") == [], "the old receipt lies around")
        try await house.expect(0, of: "resume")
        try await house.ended("job.json")
        #expect(daemon.count(of: "no such job") == 0)
        house.expectNothingInFlight()
    }

    /// Without a daemon it is said that there is none, and done by the next.
    @Test func whatIsAskedForWithoutADaemonIsDoneByTheNext() async throws {
        let house = try House()
        var daemon = try await house.start()
        try house.drop("parked.json", House.spec("copy", Self.far))
        let parked = try await house.session(in: "deferred")
        try house.drop("bad.json", "no")
        try await house.ended("bad.json", in: "rejected")
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        try house.drop("away.json")
        try house.drop("aside.json")
        let result = try await house.expect(0, of: "cancel away.json parked.json")
        #expect(result.printed.contains("will be cancelled when the daemon starts"))
        try await house.expect(0, of: "cancel away.json")
        try await house.expect(0, of: "hold aside.json")
        try await house.expect(0, of: "retry bad.json")
        let list = try await house.expect(0, of: "list").printed
        for request in [
            "cancel away.json", "cancel \(parked)", "hold aside.json", "retry bad.json",
        ] {
            #expect(list.contains("To be done: \(request)\n"), "\(list)")
        }
        #expect(house.names(in: "control").count == 4)

        daemon = try await house.start()
        try await house.requestsAreDone()
        try await house.ended("away.json", in: "failed")
        try await house.ended("parked.json", in: "failed")
        try await house.ended("bad.json", in: "rejected")
        #expect(house.names(in: "held") == ["aside.json"])
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        let release = try await house.expect(0, of: "release aside.json")
        #expect(release.printed.contains("will be released when the daemon starts"))
        _ = try await house.start()
        try await house.ended("aside.json")
        house.expectNothingInFlight()
    }

    @Test(.enabled(if: getuid() == 0, "only root can become others"))
    func anotherUserIsRefused() async throws {
        let house = try House()
        _ = try await house.startPaused()
        house.openToAll()
        try house.drop("job.json")
        let bob = "/usr/bin/setpriv --reuid 61002 --regid 61002 --clear-groups"
        for place in ["inbox", "deferred", "held", "done", "failed", "rejected", "state"] {
            #expect(chmod("\(house.root)/\(place)", 0o755) == 0)
        }
        for place in ["outputs", "outputs/.staging"] {
            #expect(chmod("\(house.root)/\(place)", 0o755) == 0)
        }
        // Where the programs are, others need not be able to look.
        let copy = "\(house.path)/reelctl"
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let words = "--root '\(house.root)' cancel job.json"
        let command = try RunningDaemon(
            [
                "/bin/sh", "-c",
                "cp '\(program)' '\(copy)' && chmod 755 '\(copy)' && exec \(bob) '\(copy)' \(words)",
            ],
            log: "\(house.path)/said", output: "\(house.path)/printed")
        #expect(try await command.exit() == .exited(77), "\(command.lines)")
        #expect(command.said("job.json", "it is the job of", "user 0"))
        #expect(house.names(in: "inbox") == ["job.json"])
        #expect(house.names(in: "control") == ["paused"])
    }

    @Test func pauseAndResume() async throws {
        let house = try House()
        _ = try await house.start()
        #expect(try await house.expect(0, of: "pause").printed.hasPrefix("Paused"))
        #expect(try await house.expect(0, of: "pause").printed.hasPrefix("Paused already, by "))
        #expect(house.names(in: "control") == ["paused"])
        try house.drop("job.json")
        let list = try await house.expect(0, of: "list").printed
        #expect(list.contains("\nPaused by ") && list.contains("(user \(getuid())) since "))
        #expect(try await house.expect(0, of: "list --json").printed.contains("\"paused\" : true"))
        try await house.expect(75, of: "wait job.json --timeout 0")
        #expect(try await house.expect(0, of: "resume").printed.hasPrefix("Not paused"))
        try await house.expect(0, of: "wait job.json")
        #expect(
            try await house.expect(0, of: "resume --json").printed == "{\n  \"paused\" : false\n}\n"
        )
    }

    @Test(arguments: [
        ("cancel", 64), ("wait", 64), ("pause now", 64), ("wait a.json --timeout soon", 64),
        ("wait a.json --timeout -1", 64), ("list --wait", 64), ("cancel none.json", 66),
        ("wait session_20261123_045245_k7qa", 66), ("hold ../none.json", 66),
    ]) func wrongUsageIsRefused(_ words: String, _ status: Int32) async throws {
        let house = try House()
        let daemon = try await house.start()
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        #expect(!(try await house.expect(status, of: words).said.isEmpty))
        #expect(house.names(in: "control") == [])
    }
}
