import Core

/// What ffprobe found in a file, as its JSON writer puts it.
struct ProbeReport: Hashable, Decodable, Sendable {
    struct Stream: Hashable, Decodable, Sendable {
        var codecType: String
        var codecName: String?
        var width, height: Int?
        var frameRate: String?
        var frames: String?
        var pixels: String?
        var pixelShape: String?
        var range: String?
        var matrix, transfer, primaries: String?
        var start: String?
        var channels: Int?
        var sampleRate: String?

        enum CodingKeys: String, CodingKey {
            case codecType = "codec_type"
            case codecName = "codec_name"
            case width, height
            case frameRate = "avg_frame_rate"
            case frames = "nb_frames"
            case pixels = "pix_fmt"
            case pixelShape = "sample_aspect_ratio"
            case range = "color_range"
            case matrix = "color_space"
            case transfer = "color_transfer"
            case primaries = "color_primaries"
            case start = "start_time"
            case channels
            case sampleRate = "sample_rate"
        }
    }

    struct Format: Hashable, Decodable, Sendable {
        var duration: String?
        var size: String?
    }

    var streams: [Stream]
    var format: Format

    /// What is wrong with it as a finished video; nil if nothing is.
    func fault(size: PixelSize, frames: Int) -> String? {
        let videos = streams.filter { $0.codecType == "video" }
        let sounds = streams.filter { $0.codecType == "audio" }
        guard videos.count == 1, sounds.count == 1, streams.count == 2 else {
            return
                "it has \(videos.count) video and \(sounds.count) audio of \(streams.count) streams, not one of each"
        }
        let video = videos[0]
        let sound = sounds[0]
        if video.codecName != "h264" {
            return "its video is \(video.codecName ?? "unknown"), not h264"
        }
        if video.width != size.width || video.height != size.height {
            return
                "its picture is \(video.width ?? 0)x\(video.height ?? 0), not \(size.width)x\(size.height)"
        }
        if video.frameRate != "\(VideoSettings.frameRate)/1" {
            return
                "its frame rate is \(video.frameRate ?? "unknown"), not \(VideoSettings.frameRate)"
        }
        if video.frames != String(frames) {
            return "it has \(video.frames ?? "unknown") frames, not \(frames)"
        }
        if video.pixels != "yuv420p" {
            return "its pixels are \(video.pixels ?? "unknown"), not yuv420p"
        }
        if video.pixelShape != "1:1" {
            return "its pixels have the shape \(video.pixelShape ?? "unknown"), not 1:1"
        }
        let tags = [video.matrix, video.transfer, video.primaries]
        if tags != ["bt709", "bt709", "bt709"] || video.range != "tv" {
            let named = (tags + [video.range]).map { $0 ?? "unknown" }.joined(separator: ", ")
            return "its colours are marked as \(named), not bt709 in the range of television"
        }
        if video.start.flatMap({ Double($0) }) != 0 {
            return "its picture begins at \(video.start ?? "unknown") s, not at 0"
        }
        if sound.codecName != "aac" || sound.channels != 2 || sound.sampleRate != "48000" {
            return "its sound is not AAC in stereo at 48 kHz"
        }
        let wanted = Double(frames) / Double(VideoSettings.frameRate)
        guard let duration = format.duration.flatMap({ Double($0) }),
            abs(duration - wanted) <= 1 / Double(VideoSettings.frameRate)
        else {
            return "it lasts \(format.duration ?? "unknown") s, not \(decimal(wanted)) s"
        }
        return nil
    }
}
