import Core
import Pipeline

/// Draws a scene's picture: lights, ornaments, a label, the heading.
enum Card {
    /// Where the picture of the `index`-th scene, counted from 0, is kept.
    static func place(_ index: Int) -> String { "images/scene_\(Narration.number(index)).png" }

    /// The provider for a scene's card.
    static func provider(
        _ scene: Script.Scene, index: Int, brief: Brief, settings: VideoSettings
    ) -> Provider {
        Provider("title-card") { _ throws(Failure) in
            let design = CardDesign(brief, index: index)
            let size = design.canvas.still
            // Through zscale, for it dithers; libass draws on RGB.
            let filter =
                "zscale=w=\(size.width):h=\(size.height):filter=bicubic:dither=error_diffusion,"
                + "format=gbrp,format=rgb24,ass=card.ass"
            return Production(
                files: [
                    "lights.ppm": design.background,
                    "card.ass": design.art(heading: scene.heading),
                ],
                tools: [
                    ToolInvocation(
                        settings.ffmpeg,
                        FFmpeg.quiet + ["-threads", "1", "-i", "file:lights.ppm", "-vf", filter]
                            + ["-frames:v", "1", "-pred", "mixed", "-compression_level", "4"]
                            + FFmpeg.exact + ["-update", "1", "file:card.png"])
                ],
                outputs: .files([.init("card.png", as: place(index))]),
                check: { work throws(Failure) in
                    guard try work.size(of: "card.png") > 1000 else {
                        throw Failure(
                            .permanent, code: "bad_image", operation: "draw", subject: "card.png",
                            cause: "the picture is empty")
                    }
                })
        }
    }
}

/// Arguments that every run of ffmpeg shares.
enum FFmpeg {
    /// One thread for filters: the graph's steps run side by side already. Nothing asked, nothing
    /// said but errors.
    static let quiet = [
        "-v", "error", "-nostdin", "-y", "-filter_threads", "1", "-filter_complex_threads", "1",
    ]

    /// Equal input gives equal bytes: no versions, no dates.
    static let exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags", "+bitexact"]
}
