import Core
import Glibc
import Pipeline
import Testing

@testable import Video

/// Real tools, real files: six seconds of video, and what a viewer would check of it.
@Suite struct EndToEndTests {
    @Test func makesAVideo() async throws {
        var brief = Brief(topic: "Octopus hearts & {\\b1}braces\\N'quotes'")
        brief.duration = 6
        brief.category = "Science"
        brief.music = .ambient
        brief.labels = ["batch": "7"]
        let trial = Trial()
        let published = try await trial.run(
            VideoPipeline.definition(brief: brief, settings: VideoSettings()))
        let name = "final_video_\(trial.id)"
        #expect(
            published == [
                "\(name).srt", "\(name).vtt", "\(name).jpg", "metadata.json", "\(name).mp4",
            ])
        let metadata = try StoredJSON.decode(
            VideoMetadata.self, try trial.read("final_output/metadata.json", limit: 1 << 20),
            place: "metadata.json")
        #expect(metadata.duration == 6)
        #expect(metadata.labels == ["batch": "7"])
        #expect(metadata.bytes > 10_000)
        #expect(abs(metadata.loudness + 14) <= 0.5)
        #expect(try #require(metadata.truePeak) <= -1)
    }
}
