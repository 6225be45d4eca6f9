import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Presets and defaults, from the file that is dropped to what is made of it.
@Suite struct PresetTests {
    private func gated(_ presets: String) -> HouseSettings {
        var settings = HouseSettings()
        settings.pipelines["gate"] = [Gate.step("wait"), .copy]
        settings.presets = presets
        settings.defaults = "category: 'Nature', labels: { all: 'yes' }"
        return settings
    }

    /// The daemon dies while the job runs, and the preset is another when it comes back.
    @Test func aJobThatIsBegunGoesOnWithWhatItWasClaimedWith() async throws {
        let house = try House(
            gated("science: { pipeline: 'gate', voice: 'slt', labels: { series: 'one' } }"))
        let gate = try Gate("wait", in: house)
        let first = try await house.start()
        let spec = #"{"topic": "bees", "preset": "science", "voice": "kal"}"#
        try house.drop("job.json", spec)
        try await gate.reached()
        first.send(SIGKILL)
        #expect(try await first.exit() == .signalled(SIGKILL))

        // What is waited for is tried elsewhere.
        var settings = gated("other: { pipeline: 'copy' }")
        settings.jobs += ", pipeline_grace: 0"
        try house.configure(settings)
        _ = try await house.start()
        try await gate.reached(2)
        try await gate.open()
        let receipt = try await house.ended("job.json")
        let made = try #require(receipt.outputs.first { $0.path.hasSuffix("/job.json") })
        let seen = try JSONDecoder().decode(Spec.self, from: Data(house.published(made)))
        let effective = Spec(
            topic: "bees", preset: "science", voice: "kal", category: "Nature", pipeline: "gate",
            labels: ["all": "yes", "series": "one"])
        #expect(seen == effective)
        let session = try #require(receipt.session)
        let metadata = "\(house.root)/outputs/\(session)/metadata"
        #expect(try readFile("\(metadata)/job.json") == Array(spec.utf8))
        #expect(try readFile("\(metadata)/effective.json") == house.published(made))

        let shown = try await house.runReelctl("show", "job.json")
        #expect(
            shown.text.contains(
                "Preset: science (labels.series, pipeline); defaults (category, labels.all)\n"),
            "\(shown.text)")
        // The preset is gone for those that come now.
        try house.drop("late.json", spec)
        let late = try await house.ended("late.json", in: "rejected")
        #expect(late.error?.message.contains("there is no preset 'science'") == true)
        #expect(late.error?.hint == "The presets are other")
    }

    private struct Spec: Decodable, Equatable {
        var topic, preset, voice, category, pipeline: String
        var labels: [String: String]
    }

    @Test func aWrongPresetKeepsTheDaemonFromStarting() async throws {
        var settings = HouseSettings()
        settings.presets = "science: { voice: '-v' }"
        let house = try House(settings)
        let daemon = try house.launch()
        #expect(try await daemon.exit() == .exited(78))
        #expect(daemon.said("$.presets.science.voice", "the name of a voice"))
    }

    /// The daemon's own time zone, here five hours ahead of UTC.
    @Test func aLocalTimeIsTheDaemons() async throws {
        let house = try House()
        _ = try await house.start(prefix: ["/usr/bin/env", "TZ=XYZ-5"])
        try house.drop("job.json", House.spec("copy", "\"not_before\": \"2400-01-01 03:00\""))
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        let shown = try await house.runReelctl("show", "--json", "job.json")
        #expect(shown.text.contains("\"due\" : \"2399-12-31T22:00:00"), "\(shown.text)")
        let file = try #require(house.names(in: "deferred").first)
        let session = file.dropLast(".json".count)
        let effective = try readFile("\(house.root)/outputs/\(session)/metadata/effective.json")
        #expect(
            String(decoding: effective, as: UTF8.self).contains(
                "\"not_before\": \"2399-12-31T22:00:00Z\""))
    }
}
