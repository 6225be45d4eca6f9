import Glibc
import Testing

/// `reelctl list`, and what it chooses; and the handle that a job has from its submission on.
@Suite struct ReelctlListTests {
    private let house: House

    init() throws {
        var settings = HouseSettings()
        settings.pipelines["fail"] = [.shell("fail", "exit 1")]
        house = try House(settings)
    }

    /// The rows of a table: what is below its header and above the counts.
    private func rows(_ words: String) async throws -> [String] {
        let lines = try await house.expect(0, of: words).printed.split(separator: "\n")
        return lines.dropFirst().prefix { $0.contains("a test") }.map(String.init)
    }

    @Test func itShowsTheLastThatEndedAndCountsTheRest() async throws {
        _ = try await house.start()
        for number in 1...23 {
            try house.drop("job\(number).json")
            try await house.ended("job\(number).json")
        }
        try house.drop("bad.json", House.spec("fail", "\"labels\": {\"series\": \"sea\"}"))
        try await house.ended("bad.json", in: "failed")
        let usual = try await rows("list")
        #expect(usual.count == 20)
        // The latest goes first.
        #expect(usual.first?.contains("failed") == true)
        let list = try await house.expect(0, of: "list").printed
        #expect(
            list.contains("0 running, 0 waiting, 1 failed or cancelled today, 23 done."), "\(list)")
        #expect(try await rows("list --all").count == 24)
        #expect(try await rows("list -n 3").count == 3)
        #expect(try await rows("list done --all").count == 23)
        #expect(try await rows("list 'job1?.json' --all").count == 10)
        #expect(try await rows("list failed").count == 1)
        #expect(try await rows("list --failed").count == 1)
        #expect(try await rows("list --state failed,cancelled").count == 1)
        #expect(try await rows("list --label series=sea").count == 1)
        #expect(try await rows("list --label series=land").isEmpty)
        #expect(try await rows("list --since 1h --all --mine").count == 24)
        #expect(try await rows("list running").isEmpty)
        try await house.expect(64, of: "list --state sleeping")
        try await house.expect(64, of: "list --since whenever")
    }

    @Test func whatWaitsIsInTheOrderOfItsTurn() async throws {
        _ = try await house.startPaused()
        for (name, priority) in [("low", -5), ("high", 9), ("middle", 0)] {
            try house.drop("\(name).json", House.spec("copy", "\"priority\": \(priority)"))
        }
        try await house.eventually("all have their turns") {
            let bytes = (try? readFile("\(house.root)/state/status.json")) ?? []
            let said = String(decoding: bytes, as: UTF8.self)
            return ["low", "high", "middle"].allSatisfy { said.contains("\"\($0).json\"") }
        }
        let list = try await rows("list waiting")
        #expect(list.count == 3)
        for (line, turn) in zip(list, ["waiting #1", "waiting #2", "waiting #3"]) {
            #expect(line.contains(turn), "\(list)")
        }
        #expect(list.first?.hasSuffix("priority 9") == true)
        #expect(list.last?.hasSuffix("priority -5") == true)
    }

    /// The very case in which yesterday's video was taken for today's.
    @Test func theHandleOfASubmissionHoldsToTheEnd() async throws {
        _ = try await house.start()
        try house.drop("job.json")
        try await house.ended("job.json")
        try writeFile("\(house.path)/job.json", House.spec("fail").utf8)
        let submitted = try await house.expect(0, of: "submit -q '\(house.path)/job.json'")
        let handle = submitted.printed.prefix(4)
        #expect(submitted.printed == "\(handle)\n")
        let wait = try await house.expect(1, of: "wait job.json")
        #expect(wait.said.contains("'job.json' is 2 jobs: \(handle) ("), "\(wait)")
        let shown = try await house.expect(0, of: "show \(handle)").printed
        #expect(shown.contains("_\(handle)\n"), "\(shown)")
        try await house.expect(1, of: "wait \(handle)")
        let nothing = try await house.expect(66, of: "show jop")
        #expect(nothing.said.contains("Did you mean 'job.json'?"), "\(nothing)")
    }

    /// What waits for a date, for a daemon or has a name that was taken: each says so where one asks.
    @Test func nothingIsSaidThatIsNotSo() async throws {
        let daemon = try await house.start()
        try writeFile(
            "\(house.path)/late.json",
            House.spec("copy", "\"not_before\": \"2099-05-01T10:00:00Z\"").utf8)
        let submitted = try await house.runReelctl("submit", "\(house.path)/late.json")
        #expect(submitted.text.contains("waits until 1 May 2099"), "\(submitted.text)")
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        for words in ["list", "show late", "wait late --timeout 0.1"] {
            let command = try house.startReelctl(words)
            _ = try await command.exit()
            #expect(
                command.printed.contains("not_before in its spec"), "\(words): \(command.printed)")
        }
        for _ in 1...3 {
            try house.drop("again.json")
            try await house.eventually("it is done") {
                house.names(in: "inbox") == [] && house.names(in: "active") == []
            }
        }
        #expect(try await rows("list again").count == 3)
        try house.drop("[x].json")
        try await house.ended("[x].json")
        let path = try await house.expect(0, of: "path --receipt '\(house.root)/done/[x].json'")
        #expect(path.printed == "\(house.root)/done/[x].json.receipt\n")
        // A name that the daemon leaves alone is not taken.
        try writeFile("\(house.path)/.hidden.json", House.spec().utf8)
        let hidden = try await house.expect(65, of: "submit '\(house.path)/.hidden.json'")
        #expect(hidden.said.contains("begins with a full stop"))
        #expect(house.names(in: "inbox") == [])
        daemon.send(SIGTERM)
        _ = try await daemon.exit()
        let waited = try await house.expect(75, of: "wait late --timeout 0.1")
        #expect(waited.said.contains("No daemon works here"))
        #expect(try await house.expect(0, of: "show late").printed.contains("No daemon works here"))
        let breaker = try await house.expect(0, of: "breaker copy/copy open")
        #expect(breaker.printed.contains("when the daemon starts"))
        try writeFile("\(house.path)/empty.csv", "topic\n".utf8)
        let empty = try await house.expect(65, of: "check --batch '\(house.path)/empty.csv'")
        #expect(empty.said.contains("no job spec in it"))
    }
}
