import Glibc
import Testing

/// `"review": true`: somebody looks at what was made before it counts as done.
@Suite struct ReviewTests {
    private static let spec = House.spec("copy", "\"review\": true")

    private func settings() -> HouseSettings {
        var settings = HouseSettings()
        for state in ["done", "failed"] {
            settings.hooks[state] = [
                .init(
                    name: "note",
                    command: [
                        "/bin/sh", "-c", "cp \"$1\" ${REELD_ROOT%/*}/\(state).json", "sh",
                        "{receipt}",
                    ])
            ]
        }
        return settings
    }

    private func waits(_ house: House) async throws -> String {
        try await house.eventually("it waits for review") {
            try await house.expect(0, of: "list for-review").printed.contains("reelctl approve ")
        }
        return try await house.session(in: "deferred")
    }

    @Test(arguments: [true, false]) func approvedItIsDoneAndItsHooksAreCalled(
        _ isRunning: Bool
    ) async throws {
        let house = try House(settings())
        let daemon = try await house.start()
        try house.drop("job.json", Self.spec)
        let session = try await waits(house)
        // Whoever is to look at it finds it.
        let path = try await house.expect(0, of: "path job.json").printed
        #expect(path == "\(house.root)/outputs/\(session)/final_output/job.json\n")
        #expect(house.names(in: "done") == [] && !isThere("\(house.path)/done.json"))
        let shown = try await house.expect(0, of: "show job.json").printed
        #expect(shown.contains("State: for review") && !shown.contains("Due:"))
        #expect(try await house.expect(0, of: "list parked").printed.hasPrefix("No jobs"))
        if !isRunning {
            daemon.send(SIGKILL)
            _ = try await daemon.exit()
        }
        let answer = try await house.expect(0, of: "approve --timeout 300 job.json")
        let when = isRunning ? "has been approved" : "will be approved when the daemon starts"
        #expect(answer.printed == "job.json (\(session)) \(when)\n")
        if !isRunning { _ = try await house.start() }
        let receipt = try await house.ended("job.json")
        #expect(receipt.review?.verdict == "approved" && receipt.review?.because == nil)
        #expect(receipt.review?.by.contains("\(getuid())") == true)
        #expect(receipt.hooks == ["note": "done"] && receipt.outputs.count == 1)
        #expect(receipt.attempts["copy"] == 1)
        let twice = try await house.expect(69, of: "approve job.json")
        #expect(twice.said.contains("has ended"))
        house.expectNothingInFlight()
    }

    @Test func rejectedItFailsForWhatIsSaid() async throws {
        let house = try House(settings())
        let daemon = try await house.start()
        try house.drop("job.json", Self.spec)
        let session = try await waits(house)
        try await house.expect(
            0, of: "reject --timeout 300 --because '  too\n\u{1B}[31mloud \u{7}\"' job.json")
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.session == session && receipt.outputs.isEmpty)
        #expect(receipt.error?.code == "review_rejected" && receipt.review?.verdict == "rejected")
        let words = try #require(receipt.review?.because)
        #expect(words.hasPrefix("too ") && !words.contains("\u{1B}") && !words.contains("\n"))
        #expect(isThere("\(house.path)/failed.json") && !isThere("\(house.path)/done.json"))
        #expect(daemon.said("job.json was looked at and rejected by"))
        #expect(try await house.expect(0, of: "list failed").printed.contains("rejected it: too"))
        // The same would be made again: it is begun anew, and looked at again.
        try await house.expect(0, of: "retry --timeout 300 job.json")
        let other = try await waits(house)
        #expect(other != session)
        let shown = try await house.expect(0, of: "show job.json").printed
        #expect(!shown.contains("Arrived: ") || shown.contains("s ago)") && !shown.contains("(in "))
        try await house.expect(0, of: "cancel --timeout 300 job.json")
        #expect(try house.receipt(of: "job.json", in: "failed").error?.code == "cancelled")
        try await house.expect(0, of: "retry --timeout 300 job.json")
        #expect(try await waits(house) == other, "what was cancelled goes on where it was")
        #expect(
            IntegrationTests.names(in: "\(house.root)/control").filter { $0.hasPrefix(".") } == [])
    }

    /// A default, or a preset, asks for it as well; a touched file is looked at and waits on, and so does one
    /// that comes up after a restart.
    @Test func itWaitsForAsLongAsItTakes() async throws {
        var settings = settings()
        settings.defaults = "review: true"
        settings.inbox = "quiet_time: 0.3, scan_interval: 0.5"
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json")
        let session = try await waits(house)
        let file = "\(house.root)/deferred/\(session).json"
        var status = stat()
        #expect(stat(file, &status) == 0 && status.st_mtim.tv_sec > time(nil) + 300 * 86_400)
        #expect(utimes(file, nil) == 0)
        try await house.eventually("it was looked at") {
            daemon.count(of: "waits for review") == 2
        }
        #expect(try await waits(house) == session)
        daemon.send(SIGTERM)
        _ = try await daemon.exit()
        _ = try await house.start()
        #expect(try await waits(house) == session)
        try await house.expect(0, of: "hold --timeout 300 job.json")
        #expect(try await house.expect(69, of: "approve job.json").said.contains("is held"))
        try await house.expect(0, of: "release --timeout 300 job.json")
        #expect(try await waits(house) == session)
        // Somebody's note is no reason.
        try writeFile("\(house.root)/control/\(session).reject", Array("notes".utf8))
        try await house.requestsAreDone()
        #expect(daemon.count(of: "notes") == 0 && house.names(in: "deferred").count == 1)
        try writeFile(
            "\(house.root)/control/\(session).approve", Array("because it is fine\n".utf8))
        let receipt = try await house.ended("job.json")
        #expect(receipt.review?.because == "it is fine")
    }

    @Test func whatIsNotMadeOrNeedsNoneCannotBeApproved() async throws {
        let (house, gate) = try House.withGate(settings())
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate", "\"review\": true"))
        try await gate.reached()
        for verb in ["approve", "reject"] {
            let answer = try await house.expect(69, of: "\(verb) job.json")
            #expect(answer.said.contains("does not wait for review"))
        }
        // By hand, and for one that waits for something else.
        let session = try await house.session(in: "active")
        try house.request("\(session).approve")
        try await house.requestsAreDone()
        try house.drop("later.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        let answer = try await house.expect(69, of: "reject later.json")
        #expect(answer.said.contains("does not wait for review"))
        #expect(try await house.expect(66, of: "reject --all").said.contains("no such job"))
        try house.request("\(try await house.session(in: "deferred")).reject")
        try await house.requestsAreDone()
        #expect(daemon.said("Refused", "it does not wait for review"))
        #expect(house.names(in: "deferred").count == 1 && gate.count == 1)
        try await gate.open()
        _ = try await house.eventually("it waits") { house.names(in: "deferred").count == 2 }
    }

    /// What the daemon calls a job goes before what others call theirs; and whoever steers means what is one's own.
    @Test(.enabled(if: House.canHaveMembers, "It takes root, setpriv and python3."))
    func nobodyTakesTheHandleOfAnothers() async throws {
        let house = try House(settings())
        _ = try await house.startForMembers()
        let members = (0..<2).map { Member(user: 61_001 + $0, house: house) }
        try await members[0].drop("job.json", Self.spec)
        let session = try await waits(house)
        let handle = session.suffix(4)
        try await members[1].drop(
            "other.json", House.spec("copy", "\"review\": true, \"id\": \"\(handle)\""))
        try await members[1].drop("\(handle).json", Self.spec)
        try await members[1].drop("job.json", Self.spec)
        try await house.eventually("all wait") { house.names(in: "deferred").count == 4 }
        let path = try await members[0].reelctl("path \(handle)").printed
        #expect(path.contains(session))
        // By its name it is the newest, but of those that this user may steer.
        let held = try await members[0].reelctl("hold --timeout 300 job.json")
        #expect(held.printed.contains("(\(session)) has been held"), "\(held)")
        #expect(house.names(in: "held") == ["\(session).json"])
        _ = try await members[0].reelctl("release --timeout 300 \(handle)")
        try await house.eventually("it waits again") { house.names(in: "deferred").count == 4 }
        let approved = try await members[0].reelctl("approve --timeout 300 \(handle)")
        #expect(approved.printed.contains("(\(session)) has been approved"), "\(approved)")
    }

    /// Any member may look at another's, and of two at the same time one is first.
    @Test(.enabled(if: House.canHaveMembers, "It takes root, setpriv and python3."))
    func membersApproveWhatOthersOrdered() async throws {
        let house = try House(settings())
        _ = try await house.startForMembers()
        let members = (0..<2).map { Member(user: 61_001 + $0, house: house) }
        try await members[0].drop("job.json", Self.spec)
        _ = try await waits(house)
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let both = try members.map { member in
            try member.start("exec \(program) --root \"$1\" approve --timeout 300 job.json")
        }
        for one in both { _ = try await one.exit() }
        let texts = both.map { $0.printed + $0.lines.joined() }
        let receipt = try await house.ended("job.json")
        #expect(receipt.review?.verdict == "approved")
        let by = try #require(receipt.review?.by)
        #expect(by.contains("61001") || by.contains("61002"))
        #expect(texts.contains { $0.contains("has been approved") }, "\(texts)")
        for text in texts where !text.contains("has been approved") {
            #expect(
                text.contains("approved by \(by) already") || text.contains("has ended")
                    || text.contains("does not wait for review"), "\(text)")
        }
    }
}

private func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
