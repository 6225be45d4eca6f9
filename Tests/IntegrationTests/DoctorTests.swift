import Glibc
import Testing

/// `reelctl doctor`: what is there, what is not, and what to do about it.
@Suite struct DoctorTests {
    @Test func whatIsThereIsOkAndWhatIsNotHasACure() async throws {
        var settings = HouseSettings()
        settings.pipelines["voice"] = [.init(name: "say", command: ["no-such-voice", "hello"])]
        let house = try House(settings)
        let before = try await house.runReelctl("doctor")
        #expect(before.text.contains("warn  root: \(house.root) is not there yet"))
        _ = try await house.start()
        let doctor = try await house.runReelctl("doctor")
        #expect(doctor.ending == .exited(1))
        let lines = doctor.text.split(separator: "\n")
        #expect(lines.contains("ok    daemon: works here"), "\(doctor.text)")
        #expect(lines.contains { $0.hasPrefix("ok    ffmpeg: ") && $0.contains(".") })
        #expect(lines.contains("ok    encoder libx264: is there"))
        let index = try #require(lines.firstIndex { $0.hasPrefix("FAIL  no-such-voice: ") })
        #expect(lines[index + 1].hasPrefix("      -> Install it"), "\(doctor.text)")
        let json = try await house.runReelctl("--json", "doctor")
        #expect(json.text.contains("\"state\" : \"FAIL\""))
    }

    @Test func aHealthyHouseHasStatusZero() async throws {
        let house = try House()
        _ = try await house.start()
        let doctor = try await house.runReelctl("doctor")
        #expect(doctor.ending == .exited(0), "\(doctor.text)")
    }
}
