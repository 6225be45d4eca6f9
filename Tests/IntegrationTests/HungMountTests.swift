import Glibc
import TestSupport
import Testing

/// A file server that does not answer: only what needs it waits, and nothing of it for ever.
@Suite struct HungMountTests {
    /// Jobs may name what is on the server.
    private func makeHouse(_ settings: inout HouseSettings, _ mount: HungMount) throws -> House {
        settings.video =
            "image_directories: [\"\(mount.path)\"], music_directories: [\"\(mount.path)\"]"
        let house = try House(settings)
        try house.makeInbox()
        return house
    }

    @Test(
        .enabled(if: HungMount.isPossible, "\(HungMount.skip)"),
        arguments: [
            #""images": ["SERVER/a.jpg"]"#, #""music": "SERVER/a.flac""#,
        ])
    func aJobThatNeedsItIsParkedAndOthersAreMade(_ named: String) async throws {
        var settings = HouseSettings()
        settings.jobs = "parallel: 1, drain_time: 0.2, space_delay: 600"
        settings.steps = "parallel: 1"
        settings.logLevel = "debug"
        let mount = try #require(HungMount())
        let house = try makeHouse(&settings, mount)
        let daemon = try await house.start()
        try house.drop(
            "hung.json", "{\"topic\": \"T\", \(named.replacing("SERVER", with: mount.path))}")
        try await house.eventually("it waits for the server") {
            daemon.said("Step draft of hung.json started")
        }
        // The only slot is free again.
        try house.drop("other.json")
        try await house.ended("other.json")
        #expect(house.names(in: "deferred").count == 1)
        #expect(daemon.said("\(mount.path)/a.", "no answer has come", "Look at the mount"))
        #expect(daemon.said("Deferred hung.json", "no answer has come"))
        // With the lost thread still in the kernel.
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
    }

    /// What waits for the server when it is to stop does not wait for the server's answer.
    @Test(
        .enabled(if: HungMount.isPossible, "\(HungMount.skip)"))
    func theDaemonStopsMeanwhile() async throws {
        var settings = HouseSettings()
        settings.jobs = "parallel: 1, drain_time: 0.2"
        settings.logLevel = "debug"
        let mount = try #require(HungMount())
        let house = try makeHouse(&settings, mount)
        let daemon = try await house.start()
        try house.drop("hung.json", "{\"topic\": \"T\", \"images\": [\"\(mount.path)/a.jpg\"]}")
        try await house.eventually("it waits for the server") {
            daemon.said("Step draft of hung.json started")
        }
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        #expect(!daemon.said("no answer has come"), "it did not wait for that")
        #expect(house.names(in: "active").count == 1)
    }

    /// A tool that waits for the server is ended when its time is up.
    @Test(
        .enabled(if: HungMount.isPossible, "\(HungMount.skip)"))
    func aToolThatWaitsForItIsEnded() async throws {
        let mount = try #require(HungMount())
        var settings = HouseSettings()
        settings.retry = "attempts: 1"
        settings.pipelines["read"] = [
            .shell("read", "exec ffmpeg -v error -i '\(mount.path)/a.jpg' a.png", timeout: 1)
        ]
        let house = try makeHouse(&settings, mount)
        _ = try await house.start()
        try house.drop("hung.json", House.spec("read"))
        let receipt = try await house.ended("hung.json", in: "failed")
        #expect(receipt.error?.code == "timeout" && receipt.error?.stage == "read")
        withExtendedLifetime(mount) {}
    }
}
