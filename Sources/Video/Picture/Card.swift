import Core
import Pipeline

/// Makes a scene's still: lights and ornaments, or the job's own picture; a label, the heading.
enum Card {
    /// Where the still of the `index`-th scene, counted from 0, is kept for `reeld-motion`.
    static func place(_ index: Int, _ brief: Brief) -> String {
        "images/scene_\(Narration.number(index))\(brief.suffix).y4m"
    }

    /// Where it is kept for people.
    static func preview(_ index: Int, _ brief: Brief) -> String {
        "images/scene_\(Narration.number(index))\(brief.suffix).jpg"
    }

    /// The provider of a still that shows the job's own picture.
    fileprivate static func picture(_ request: VideoRequest) -> Provider? {
        guard let scene = request.scene, let image = scene.image else { return nil }
        let (brief, settings) = (request.brief, request.settings)
        let design = CardDesign(brief, index: request.index, isPhotograph: true)
        return Provider(
            VideoProvider.pictureCard.name, machine: settings.ffmpegParts + [settings.fonts],
            externals: [image]
        ) { files throws(Failure) in
            let field = Pictures.field(of: image, in: brief)
            let file = try ImageFile.examine(image, field: field, files)
            var production = drawn(
                scene, request.index, brief, design, settings,
                inputs: PhotoCard.input(image, file) + ["-i", "file:light.ppm"],
                graph: PhotoCard.graph(file, design, brief.fit),
                file: ("light.ppm", design.veil(scene.heading)))
            production.blame = { failure in
                guard failure.code == "tool_failed" else { return failure }
                return ImageFile.bad(image, field, "it cannot be decoded; \(failure.cause)")
            }
            return production
        }
    }

    /// The provider of one that is drawn.
    fileprivate static func title(_ request: VideoRequest) -> Provider? {
        guard let scene = request.scene, scene.image == nil else { return nil }
        let settings = request.settings
        let design = CardDesign(request.brief, index: request.index, isPhotograph: false)
        return Provider(
            VideoProvider.titleCard.name, machine: settings.ffmpegParts + [settings.fonts]
        ) { _ throws(Failure) in
            let size = design.canvas.still
            // zscale dithers, in 16 bits to the end: that leaves no bands.
            return drawn(
                scene, request.index, request.brief, design, settings,
                inputs: ["-i", "file:light.ppm"],
                graph: "zscale=w=\(size.width):h=\(size.height):filter=bicubic"
                    + ":dither=error_diffusion:matrix=709:range=limited,format=yuv420p",
                file: ("light.ppm", design.background))
        }
    }

    /// A still from a graph that ends in YUV 4:2:0, the design's text and ornaments drawn onto it.
    private static func drawn(
        _ scene: Script.Scene, _ index: Int, _ brief: Brief, _ design: CardDesign,
        _ settings: VideoSettings, inputs: [String], graph: String,
        file: (name: String, bytes: [UInt8])
    ) -> Production {
        let arguments =
            FFmpeg.quiet + ["-xerror"] + inputs
            + ["-filter_complex", "\(graph),ass=card.ass,setsar=1,split[still][preview]"]
            + ["-map", "[still]", "-frames:v", "1", "-f", "yuv4mpegpipe", "-strict", "-1"]
            + FFmpeg.exact + ["file:card.y4m"]
            + ["-map", "[preview]", "-frames:v", "1", "-q:v", "3", "-threads", "1"]
            + FFmpeg.exact + ["-update", "1", "file:card.jpg"]
        let size = design.canvas.still
        return Production(
            files: [file.name: file.bytes, "card.ass": design.art(heading: scene.heading)],
            tools: [ToolInvocation(settings.ffmpeg, arguments)],
            outputs: .files([
                .init("card.jpg", as: preview(index, brief)),
                .init("card.y4m", as: place(index, brief)),
            ]),
            check: { work throws(Failure) in
                guard try work.size(of: "card.y4m") > size.width * size.height * 3 / 2 else {
                    throw Failure(
                        .permanent, code: "bad_image", operation: "draw", subject: "card.y4m",
                        cause: "the picture is not whole")
                }
            })
    }
}

extension VideoProvider {
    /// A drawn still.
    static let titleCard = VideoProvider(
        "title-card", .picture,
        programs: { [$0.ffmpeg] }, make: Card.title)

    /// The job's own picture.
    static let pictureCard = VideoProvider(
        "picture-card", .ownPicture,
        programs: { [$0.ffmpeg] }, make: Card.picture)
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
