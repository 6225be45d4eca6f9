import Glibc
import Testing

/// `kill -9` at any moment: nothing is lost, nothing is done twice.
@Suite struct CrashTests {
    private static let steps = ["one", "two", "three", "four"]

    @Test(arguments: 0..<4) func aJobGoesOnWhereItWas(_ killed: Int) async throws {
        var settings = HouseSettings()
        settings.pipelines["gates"] = Self.steps.map { Gate.step($0) }
        let house = try House(settings)
        let gates = try Self.steps.map { try Gate($0, in: house) }
        let first = try await house.start()
        try house.drop("job.json", House.spec("gates"))
        for gate in gates[..<killed] { try await gate.open() }
        try await gates[killed].reached()
        first.send(SIGKILL)
        #expect(try await first.exit() == .signalled(SIGKILL))
        let orphans = gates[killed].processes.flatMap { $0 }
        #expect(orphans.count == 2 && orphans.allSatisfy(isAlive))
        #expect(house.names(in: "active").count == 1)

        let second = try await house.start()
        #expect(orphans.filter(isAlive) == [], "left running")
        #expect(second.said("Ended 2 processes"))
        try await house.eventually("the job is resumed") {
            second.said("Resumed job.json", "with \(killed) finished steps")
        }
        try await gates[killed].reached(2)
        for gate in gates[killed...] { try await gate.open() }
        let receipt = try await house.ended("job.json")
        #expect(gates.map(\.count) == (0..<4).map { $0 == killed ? 2 : 1 })
        #expect(receipt.attempts.values.allSatisfy { $0 == 1 }, "\(receipt.attempts)")
        #expect(receipt.outputs.count == 4)
        let session = try #require(receipt.session)
        let published = "outputs/\(session)/final_output"
        #expect(house.names(in: published) == Self.steps.map { "\($0).txt" }.sorted())
        for output in receipt.outputs {
            #expect(try house.published(output) == Array("halfwhole".utf8))
        }
        house.expectNothingInFlight()
    }

    /// Neither the path of its root nor a tool's whole environment makes a process the daemon's.
    @Test func onlyItsOwnProcessesAreLeftovers() async throws {
        let (house, gate) = try House.withGate()
        let first = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let tools = gate.processes.flatMap { $0 }
        let environment = try readFile("/proc/\(tools[0])/environ").split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
        #expect(environment.contains("REELD_ROOT=\(house.root)"))
        let others = try ["/usr/bin/env", "/usr/bin/setsid"].map { program in
            try RunningDaemon(
                ["/usr/bin/env", "-i"] + environment + [program, "sleep", "1000"],
                log: "\(house.path)/other", output: "\(house.path)/other")
        }
        try await house.eventually("they have the environment") {
            try others.allSatisfy { other in
                try readFile("/proc/\(other.pid)/comm") == Array("sleep\n".utf8)
            }
        }
        first.send(SIGKILL)
        #expect(try await first.exit() == .signalled(SIGKILL))
        let second = try await house.start()
        #expect(second.said("Ended 2 processes"))
        #expect(tools.filter(isAlive) == [])
        #expect(others.allSatisfy { !$0.hasEnded })
        try await gate.reached(2)
        try await gate.open()
        try await house.ended("job.json")
    }

    /// Three daemons die over one step: the job is set aside, and others are done.
    @Test func aJobOverWhichDaemonsDieIsSetAside() async throws {
        var settings = HouseSettings()
        settings.pipelines["gates"] = [Gate.step("one"), Gate.step("two")]
        let house = try House(settings)
        let gates = try ["one", "two"].map { try Gate($0, in: house) }
        for death in 1...3 {
            let daemon = try await house.start()
            if death == 1 {
                try house.drop("poison.json", House.spec("gates"))
                try await gates[0].open()
            }
            try await gates[1].reached(death)
            if death == 3 {
                #expect(daemon.said("poison.json runs alone"))
                try await house.eventually("the list says so") {
                    try await house.expect(0, of: "list").printed.contains("runs alone")
                }
            }
            daemon.send(SIGKILL)
            #expect(try await daemon.exit() == .signalled(SIGKILL))
        }
        _ = try await house.start()
        let receipt = try await house.ended("poison.json", in: "failed")
        #expect(receipt.error?.code == "poison")
        #expect(gates.map(\.count) == [1, 3])
        try house.drop("good.json")
        try await house.ended("good.json")
        house.expectNothingInFlight()
    }

    /// Whoever stops the daemon and loses patience, as containers' managers do, has no bad job.
    @Test func aStopThatIsCutShortIsNoDeath() async throws {
        let (house, gate) = try House.withGate()
        for night in 1...4 {
            let daemon = try await house.start()
            if night == 1 { try house.drop("long.json", House.spec("gate")) }
            try await gate.reached(night)
            guard night < 4 else { break }
            daemon.send(SIGTERM)
            // As many names as nights: it is on record that this one was asked.
            try await house.eventually("the stop is on record") {
                let text = (try? readFile("\(house.root)/state/stopped.json")) ?? []
                return String(decoding: text, as: UTF8.self).count { $0 == "\"" } == 2 * night
            }
            daemon.send(SIGKILL)
            #expect(try await daemon.exit() == .signalled(SIGKILL))
        }
        try await gate.open()
        try await house.ended("long.json")
        house.expectNothingInFlight()
    }

    /// One crash after another, wherever it hits while fifty jobs come in and are done.
    @Test func noJobIsLostOrDoneTwiceHoweverOftenItIsKilled() async throws {
        let house = try House()
        let jobs = (0..<50).map { "job\($0).json" }
        var dropped = 0
        var deaths = Deaths()
        while house.jobs(in: "done").count < jobs.count {
            let daemon = try await house.start()
            // The more that has moved since, the later the blow; it falls while jobs still come.
            let goal = progress(house) + Int.random(in: 1...20)
            try await house.eventually("some progress") {
                if dropped < jobs.count {
                    try house.drop(jobs[dropped])
                    dropped += 1
                }
                return progress(house) >= min(goal, 3 * dropped) && deaths.allowOneMore(in: house)
            }
            daemon.send(SIGKILL)
            #expect(try await daemon.exit() == .signalled(SIGKILL))
            deaths.note(in: house)
            let places = ["inbox", "active", "deferred", "done", "failed", "rejected"]
            let counts = places.map { place in
                house.names(in: place).count { !$0.hasSuffix(".receipt") }
            }
            #expect(counts.reduce(0, +) == dropped, "\(counts)")
        }
        let last = try await house.start()
        try await house.eventually("all is done") { house.names(in: "active").isEmpty }
        last.send(SIGTERM)
        #expect(try await last.exit() == .exited(0))
        #expect(house.jobs(in: "done") == jobs.sorted())
        #expect(house.names(in: "done").count == 100)
        let sessions = try jobs.map { try #require(try house.receipt(of: $0, in: "done").session) }
        #expect(house.names(in: "outputs") == sessions.sorted())
        for session in sessions {
            #expect(house.names(in: "outputs/\(session)/final_output") == ["job.json"])
        }
        house.expectNothingInFlight()
    }

    /// Counts what has happened: each job is claimed, filed and given a receipt.
    private func progress(_ house: House) -> Int {
        house.names(in: "outputs").count + house.names(in: "done").count
    }

    /// A crash between its claim and its parking does not let a job start before its time.
    @Test func aJobThatWasNotYetParkedIsParked() async throws {
        let house = try House()
        let first = try await house.start()
        try house.drop("later.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        let name = try #require(house.names(in: "deferred").first)
        first.send(SIGKILL)
        #expect(try await first.exit() == .signalled(SIGKILL))
        // As if the crash had come before the rename.
        #expect(rename("\(house.root)/deferred/\(name)", "\(house.root)/active/\(name)") == 0)
        _ = try await house.start()
        try await house.eventually("it is parked again") { house.names(in: "deferred") == [name] }
        #expect(house.names(in: "active") == [] && house.names(in: "done") == [])
    }
}
