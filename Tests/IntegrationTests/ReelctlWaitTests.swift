import Glibc
import Testing

/// `reelctl wait` and `submit --wait`: they return when jobs have ended, and tell how.
@Suite struct ReelctlWaitTests {
    private func house() throws -> (House, Gate) {
        var settings = HouseSettings()
        settings.pipelines["fail"] = [.shell("fail", "exit 1")]
        return try House.withGate(settings, step: "wait", before: [.copy])
    }

    /// Waits from before each job is taken up until it has ended.
    @Test func theExitStatusTellsHowAJobEnded() async throws {
        let (house, _) = try house()
        let daemon = try await house.startPaused()
        try house.drop("good.json")
        try house.drop("fail.json", House.spec("fail"))
        try house.drop("away.json")
        try house.drop("mine.json")
        var waiting: [String: RunningDaemon] = [:]
        for name in ["good", "fail", "away", "mine"] {
            waiting[name] = try house.startReelctl("wait \(name).json --progress")
        }
        for command in waiting.values {
            try await house.eventually("it waits") { command.said(": waiting") }
        }
        try await house.expect(0, of: "cancel away.json --timeout 300")
        #expect(unlink("\(house.root)/inbox/mine.json") == 0)
        #expect(try await waiting["away"]?.exit() == .exited(2))
        #expect(try await waiting["mine"]?.exit() == .exited(66))
        try await house.expect(0, of: "resume")
        #expect(try await waiting["good"]?.exit() == .exited(0))
        #expect(try await waiting["fail"]?.exit() == .exited(1))
        #expect(waiting["good"]?.printed.hasSuffix("/final_output/job.json\n") == true)
        #expect(waiting["fail"]?.printed.hasPrefix("fail.json: failed: Could not run") == true)
        #expect(waiting["away"]?.printed.hasPrefix("away.json: cancelled: ") == true)

        // What has ended long since is told as well, and of several the worst.
        try house.drop("bad.json", "no")
        try await house.ended("bad.json", in: "rejected")
        try await house.expect(65, of: "wait bad.json")
        try await house.expect(1, of: "wait good.json bad.json fail.json away.json")
        let session = try #require(try house.receipt(of: "fail.json", in: "failed").session)
        try await house.expect(1, of: "wait \(session)")
        #expect(!daemon.hasEnded)
    }

    /// A job is followed through all its places, whatever else has its name by then.
    @Test func aJobIsNotTakenForAnotherOfItsName() async throws {
        let (house, gate) = try house()
        _ = try await house.startPaused()
        try house.drop("job.json", House.spec("gate"))
        let command = try house.startReelctl("wait job.json --progress")
        try await house.eventually("it waits") { command.said("job.json: waiting") }
        try await house.expect(0, of: "resume")
        try await gate.reached()
        try house.drop("job.json", House.spec("fail"))
        try await house.ended("job.json", in: "failed")
        try await house.eventually("it sees the step") { command.said("1 of 2", "running wait") }
        try await house.expect(0, of: "hold job.json --timeout 300")
        try await house.eventually("it sees that") { command.said("1 of 2", "held") }
        try await house.expect(0, of: "release job.json --timeout 300")
        try await gate.reached(2)
        #expect(!command.hasEnded)
        try await gate.open()
        #expect(try await command.exit() == .exited(0))
    }

    /// On a terminal there is one line, drawn again and again, and nothing is left of it.
    @Test func aTerminalHasALineThatIsDrawnAgain() async throws {
        let (house, gate) = try house()
        _ = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let command = try house.onTerminal("wait job.json", columns: 100)
        try await house.eventually("it shows how far the job is") {
            command.printed.contains("\u{1B}[K") && command.printed.contains("  job.json  [")
        }
        try await gate.open()
        #expect(try await command.exit() == .exited(0))
        let lines = command.printed.split(separator: "\n")
        #expect(lines.last?.contains("job.json: /") == true, "\(lines)")
        #expect(command.printed.contains("\u{1B}[1A\u{1B}[J"))
    }

    /// Who waits no longer is not to think that the job has ended by that.
    @Test func whoIsInterruptedIsToldThatTheJobGoesOn() async throws {
        let (house, gate) = try house()
        _ = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let session = try await house.session(in: "active")
        let command = try house.startReelctl("wait --progress job.json")
        try await house.eventually("it waits") { command.said("job.json: ") }
        command.send(SIGINT)
        #expect(try await command.exit() == .exited(130))
        #expect(command.said("The job goes on: reelctl wait \(session.suffix(4))"))
        try await gate.open()
        try await house.ended("job.json")
    }

    @Test func oneScreenHasWhatMatters() async throws {
        let (house, gate) = try house()
        _ = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        try await house.expect(0, of: "pause")
        try house.drop("other.json")
        try await house.eventually("the screen has all of it") {
            let text = try await house.expect(0, of: "status").printed
            return ["1 running, 1 waiting", "Paused by ", "RUNNING", "wait", "NEXT", "PROVIDER"]
                .allSatisfy(text.contains)
        }
        #expect(try await house.expect(0, of: "status --json").printed.contains("\"running\" : ["))
        #expect(try await house.expect(64, of: "top").said.contains("status prints the same once"))
        for columns in [20, 80] {
            let status = try house.onTerminal("status", columns: columns)
            #expect(try await status.exit() == .exited(0))
            let lines = status.printed.split(whereSeparator: \.isNewline)
            #expect(lines.count > 8 && lines.allSatisfy { $0.count <= columns }, "\(lines)")
        }
        let top = try house.onTerminal("top", columns: 80, keys: "q")
        #expect(try await top.exit() == .exited(0))
        #expect(top.printed.contains("RUNNING") && top.printed.contains("\u{1B}[?1049l"))
        try await gate.open()
        try await house.ended("job.json")
    }

    @Test func submitWaitsIfAskedTo() async throws {
        let (house, gate) = try house()
        _ = try await house.start()
        for pipeline in ["copy", "fail", "gate"] {
            try writeFile("\(house.path)/\(pipeline).json", House.spec(pipeline).utf8)
        }
        let good = try await house.expect(0, of: "submit '\(house.path)/copy.json' --wait")
        let lines = good.printed.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains("  copy.json"))
        #expect(lines.last?.hasPrefix("copy.json: /") == true)
        #expect(good.printed.contains("_\(lines[0].prefix(4))/"), "\(good.printed)")
        // Nobody is there to read how far it is; what was not checked matters for this one.
        #expect(good.said.hasPrefix("Pipelines, presets") && !good.said.contains("steps finished"))
        let both = "'\(house.path)/copy.json' - <'\(house.path)/fail.json'"
        try await house.expect(1, of: "submit --wait \(both)")
        let json = try await house.expect(0, of: "submit --json --wait '\(house.path)/copy.json'")
        #expect(json.printed.contains("\"outcome\" : \"done\""))
        // It cannot end before it is looked at.
        let late = try await house.expect(
            75, of: "submit '\(house.path)/gate.json' --wait --progress --timeout 0.1")
        #expect(late.printed.contains("gate.json: timeout") && late.said.contains("gate.json: "))
        try await gate.open()
        try await house.ended("gate.json")
        try await house.expect(65, of: "submit - --wait </dev/null")
    }
}
