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
        #expect(list.contains("0 running, 0 waiting, 1 failed today, 23 done."), "\(list)")
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
}
