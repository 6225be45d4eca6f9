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
        brief.labels = ["batch": "7"]
        let trial = Trial()
        let published = try await trial.run(
            VideoPipeline.definition(brief: brief, settings: .ofTests))
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
        let loudness = try await measuredLoudness(trial, "final_output/\(name).mp4")
        #expect(abs(loudness + 14) < 1)
    }

    private func measuredLoudness(_ trial: Trial, _ place: String) async throws -> Double {
        let folder = Folder(path: trial.path("work"))
        try folder.run(
            ToolInvocation(
                "ffmpeg",
                FFmpeg.quiet + ["-i", "file:" + trial.path(place), "-vn", "-af"]
                    + ["ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=level.txt"]
                    + ["-f", "null", "-"]))
        return try Sound.loudness(try folder.read("level.txt", limit: 1 << 22))
    }
}
