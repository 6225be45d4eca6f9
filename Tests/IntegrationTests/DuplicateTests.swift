import Glibc
import Testing

/// Jobs that say by an id that they are the same one.
@Suite struct DuplicateTests {
    private func spec(_ id: String, _ pipeline: String = "copy") -> String {
        House.spec(pipeline, "\"id\": \(id.quoted)")
    }

    @Test func ofTwoWithTheSameIDOneIsMade() async throws {
        let house = try House()
        try house.makeInbox()
        try house.drop("a.json", spec("x"))
        try house.drop("b.json", spec("x"))
        try house.drop("c.json", spec("y"))
        _ = try await house.start()
        try await house.eventually("both have ended") {
            house.jobs(in: "done").count == 2 && house.jobs(in: "rejected").count == 1
        }
        let name = try #require(house.jobs(in: "done").first)
        let refused = try #require(house.jobs(in: "rejected").first)
        #expect([name, refused].sorted() == ["a.json", "b.json"])
        let session = try #require(try house.receipt(of: name, in: "done").session)
        let error = try #require(try house.receipt(of: refused, in: "rejected").error)
        #expect(error.code == "duplicate")
        #expect(error.message.contains("'\(name)' (\(session)) has the same id, 'x'"))
        #expect(house.names(in: "outputs").count == 2)
        house.expectNothingInFlight()
    }

    /// It failed, its cause was mended, and its file is moved back.
    @Test func aJobThatFailedIsTriedAgain() async throws {
        var settings = HouseSettings()
        settings.pipelines["fickle"] = [.shell("fickle", "cat $HOUSE/wanted > $OUT/wanted")]
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("a.json", spec("x", "fickle"))
        try await house.ended("a.json", in: "failed")
        try writeFile("\(house.path)/wanted", "here".utf8)
        #expect(rename("\(house.root)/failed/a.json", "\(house.root)/inbox/a.json") == 0)
        try await house.ended("a.json")
        try house.drop("a.json", spec("x", "fickle"))
        let receipt = try await house.ended("a.json", in: "rejected")
        #expect(receipt.error?.code == "duplicate")
        #expect(receipt.error?.message.contains("is done since") == true)
    }

    /// Its id was forgotten while it was parked, and another job had it meanwhile.
    @Test func oneThatIsTakenUpLateIsADuplicateToo() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        _ = try await house.start()
        try house.drop(
            "a.json",
            House.spec("copy", "\"id\": \"x\", \"not_before\": \"2099-01-01T00:00:00Z\""))
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        let entry = try #require(house.names(in: "state/ids").first)
        #expect(unlink("\(house.root)/state/ids/\(entry)") == 0)
        try house.drop("b.json", spec("x"))
        try await house.ended("b.json")
        let file = try #require(house.names(in: "deferred").first)
        #expect(utimes("\(house.root)/deferred/\(file)", nil) == 0)
        let receipt = try await house.ended("a.json", in: "failed")
        #expect(receipt.error?.code == "duplicate")
        #expect(receipt.error?.message.contains("'b.json'") == true)
    }

    /// An id is neither lost by a crash nor held against its own job, wherever the blow falls.
    @Test func eachIDIsMadeOnceHoweverOftenTheDaemonIsKilled() async throws {
        let house = try House()
        let ids = (0..<15).map { "job \($0)" }
        var files = ids.flatMap { [($0, "one"), ($0, "two")] }.shuffled()
        func ended() -> Int { house.jobs(in: "done").count + house.jobs(in: "rejected").count }
        var deaths = Deaths()
        while ended() < 2 * ids.count {
            let daemon = try await house.start()
            let goal = ended() + Int.random(in: 1...8)
            try await house.eventually("some progress") {
                for _ in 0..<3 {
                    guard let (id, name) = files.popLast() else { break }
                    try house.drop("\(id) \(name).json", spec(id))
                }
                return ended() >= min(goal, 2 * ids.count) && deaths.allowOneMore(in: house)
            }
            daemon.send(SIGKILL)
            #expect(try await daemon.exit() == .signalled(SIGKILL))
            deaths.note(in: house)
        }
        for id in ids {
            let done = house.jobs(in: "done").filter { $0.hasPrefix("\(id) ") }
            let refused = house.jobs(in: "rejected").filter { $0.hasPrefix("\(id) ") }
            #expect(done.count == 1 && refused.count == 1, "\(id): \(done) \(refused)")
            for name in refused {
                let receipt = try house.receipt(of: name, in: "rejected")
                #expect(receipt.error?.code == "duplicate")
            }
        }
        #expect(house.names(in: "outputs").count == ids.count)
    }
}
