import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What the configuration needs and is not there is told before a job meets it.
@Suite struct SurveyTests {
    private func settings(of house: String) -> HouseSettings {
        var settings = HouseSettings()
        settings.pipelines["own"] = [
            .init(name: "by-name", command: ["no-such-program"]),
            .init(name: "by-path", command: ["\(house)/away/program"]),
        ]
        settings.video = "music_directories: ['\(house)/music'], image_directories: ['/etc']"
        return settings
    }

    private static let missing = [
        "Could not find the program no-such-program of own/by-name",
        "away/program of own/by-path: no such file or directory: there is no directory",
        "music of video.music_directories: no such file or directory",
    ]

    @Test func isToldAtStartAndAtReload() async throws {
        let house = try House()
        try house.configure(settings(of: house.path))
        let daemon = try await house.start()
        for text in Self.missing {
            try await house.eventually(text) { daemon.said(text) }
        }
        #expect(!daemon.said("/etc of video"))
        // It goes on, and what has come is not told again.
        try house.drop("job.json")
        try await house.ended("job.json")
        #expect(mkdir("\(house.path)/music", 0o755) == 0)
        daemon.send(SIGHUP)
        try await house.eventually("it is told again") {
            daemon.count(of: Self.missing[0]) == 2 && daemon.count(of: Self.missing[1]) == 2
        }
        // One looks after the other, and this is what is looked at last.
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        #expect(daemon.count(of: Self.missing[2]) == 1)
    }

    @Test func isToldByACheckThatSucceeds() async throws {
        let house = try House()
        try house.configure(settings(of: house.path))
        let check = try house.launch(["--check-config", "--config", house.configurationPath])
        #expect(try await check.exit() == .exited(0))
        for text in Self.missing { #expect(check.said("Warning: ", text)) }
        var good = HouseSettings()
        good.video = "image_directories: ['/etc']"
        try house.configure(good)
        let quiet = try house.launch(["--check-config", "--config", house.configurationPath])
        #expect(try await quiet.exit() == .exited(0))
        #expect(quiet.lines == [])
    }

    @Test func aJobsFailureNamesTheDirectoryThatIsNotThere() async throws {
        let house = try House()
        try house.configure(settings(of: house.path))
        _ = try await house.start()
        try house.drop(
            "job.json", "{\"topic\": \"a\", \"music\": \"\(house.path)/music/deep/a.mp3\"}")
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.error?.code == "bad_music")
        #expect(
            receipt.error?.message.contains("there is no directory \(house.path)/music.") == true)
    }

    @Test(.enabled(if: HungMount.isPossible, "\(HungMount.skip)"))
    func aFileServerThatDoesNotAnswerIsTold() async throws {
        let mount = try #require(HungMount())
        let house = try House()
        var settings = HouseSettings()
        settings.video = "image_directories: ['\(mount.path)/deep']"
        try house.configure(settings)
        let daemon = try await house.start()
        try await house.eventually("it is told") {
            daemon.said("Could not look at \(mount.path)/deep: no answer has come")
        }
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
    }
}
