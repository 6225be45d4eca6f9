import Glibc
import Testing

/// What the daemon and `reelctl gc` remove of jobs that have ended, when they are told to.
@Suite struct RetentionTests {
    @Test func theDaemonKeepsWhatItIsToldTo() async throws {
        var settings = HouseSettings()
        settings.retention = "interval: 0.1, count: 2, directories: { video_clips: 1 }"
        let house = try House(settings)
        let daemon = try await house.start()
        for number in 1...5 {
            try house.drop("\(number).json")
            try await house.ended("\(number).json")
        }
        try await house.eventually("two sessions are left, without clips") {
            let left = house.names(in: "outputs")
            return left.count == 2
                && !left.contains { house.names(in: "outputs/\($0)").contains("video_clips") }
        }
        try await house.eventually("it says so") {
            daemon.said("there are enough newer ones") && daemon.said("it ended too long ago")
                && daemon.said("Removed", "job files")
        }
        let left = Set(house.names(in: "outputs"))
        // A session is gone a moment before its receipt says so.
        try await house.eventually("the receipts say so") {
            try house.jobs(in: "done").allSatisfy { name in
                let receipt = try house.receipt(of: name, in: "done")
                return (receipt.removed == nil) == left.contains(receipt.session ?? "")
            }
        }
        #expect(house.jobs(in: "done").count == 5)
        #expect(try await house.runReelctl("fsck", "--deep").ending == .exited(0))
        house.expectNothingInFlight()
    }

    /// The removal takes a while, in which the daemon is told to stop.
    @Test func aRemovalThatHasBegunIsFinishedBeforeItStops() async throws {
        var settings = HouseSettings()
        settings.retention = "interval: 0.1, age: 0.1"
        settings.pipelines["many"] = [
            .shell("make", "cd $SESSION/images; seq 5000 | xargs touch; cp $JOB $OUT")
        ]
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("many"))
        try await house.eventually("its session is on its way out") {
            !names(in: "\(house.root)/outputs/.trash").isEmpty
        }
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        #expect(names(in: "\(house.root)/outputs/.trash") == [])
        #expect(try house.receipt(of: "job.json", in: "done").removed != nil)
        #expect(try await house.runReelctl("fsck").ending == .exited(0))
    }

    @Test func aChangeOfTheConfigurationCounts() async throws {
        let house = try House()
        let daemon = try await house.start()
        try house.drop("a.json")
        try await house.ended("a.json")
        var settings = HouseSettings()
        settings.retention = "interval: 0.1, age: 0.1, job_files_age: 0.1"
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("all is removed") {
            house.names(in: "outputs") == [] && house.names(in: "done") == []
        }
    }

    /// `reelctl gc` while jobs run: those that have ended go, the others do not.
    @Test func gcTouchesNothingThatRuns() async throws {
        var settings = HouseSettings()
        settings.pipelines["gate"] = [Gate.step("one")]
        let house = try House(settings)
        let gate = try Gate("one", in: house)
        _ = try await house.start()
        try house.drop("slow.json", House.spec("gate"))
        try await gate.reached()
        for number in 1...3 {
            try house.drop("\(number).json")
            try await house.ended("\(number).json")
        }
        settings.retention = "age: 0.001"
        try house.configure(settings)
        let dry = try await house.runReelctl("gc", "--dry-run", "--json")
        #expect(dry.ending == .exited(0), "\(dry.text)")
        #expect(dry.text.contains("\"sessions\" : 3") && dry.text.contains("\"dry_run\" : true"))
        #expect(house.names(in: "outputs").count == 4)
        let wet = try await house.runReelctl("gc")
        #expect(wet.ending == .exited(0) && wet.text.contains("Removed 3 sessions"), "\(wet.text)")
        #expect(house.names(in: "outputs").count == 1)
        try await gate.open()
        let receipt = try await house.ended("slow.json")
        #expect(receipt.removed == nil && receipt.outputs.count == 1)
        #expect(try house.published(receipt.outputs[0]) == Array("halfwhole".utf8))
        #expect(try await house.runReelctl("fsck").ending == .exited(0))
    }
}
