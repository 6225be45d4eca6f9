import Core
import Pipeline

/// What a finished video has to be before it is published, looked at on the file itself.
///
/// Each check is a function from what a tool said to what is wrong, so each can be tried with a
/// file that was made to break it.
struct VideoGate: Hashable, Sendable {
    /// What the picture has to be.
    var size: PixelSize
    var frames: Int

    /// How long the picture may be black, and how long it may stand still, in seconds.
    static let longestBlack = 0.3
    static let longestFreeze = 1.0
    /// A look at the picture so often is enough to see that, in seconds.
    private static let interval = 0.1

    /// The tools that look at `video`, and the files they leave.
    func tools(_ video: String, _ settings: VideoSettings) -> [ToolInvocation] {
        let streams =
            "stream=codec_type,codec_name,width,height,pix_fmt,sample_aspect_ratio,avg_frame_rate,"
            + "nb_frames,color_range,color_space,color_transfer,color_primaries,start_time,channels,"
            + "sample_rate:format=duration,size"
        // Frames made of later ones are left out, and what smooths the edges of blocks: that saves
        // most of the work and changes nothing that counts here.
        let look =
            FFmpeg.quiet + ["-threads", "1", "-skip_loop_filter", "all", "-skip_frame", "bidir"]
            + ["-i", "file:\(video)", "-an", "-vf"]
            + [
                "select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,\(Self.interval))',"
                    + "scale=iw/4:-2:flags=neighbor,blackdetect=d=0:pix_th=0.05,"
                    + "freezedetect=n=-60dB:d=\(Self.longestFreeze),"
                    + "metadata=mode=print:file=stretches.txt"
            ] + ["-f", "null", "-"]
        return [
            ToolInvocation(
                settings.ffprobe,
                ["-v", "error", "-show_entries", streams, "-of", "json", "file:\(video)"],
                standardOutput: .file("probe.json")),
            ToolInvocation(
                settings.ffprobe,
                ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time"]
                    + ["-of", "csv=p=0", "file:\(video)"], standardOutput: .file("times.csv")),
            // The first boxes say whether the index comes first; no need for the rest.
            ToolInvocation("head", ["-c", "4096", video], standardOutput: .file("start.bin")),
            ToolInvocation(settings.ffmpeg, look),
        ]
    }

    /// The failure of a video that is not as it has to be.
    static func failure(_ video: String, _ cause: String) -> Failure {
        Failure(
            .permanent, code: "bad_video", operation: "publish", subject: video, cause: cause,
            hint: "The final step's file in logs/ has how it was made")
    }

    /// Throws what is wrong with `video`.
    func verify(_ video: String, _ work: any WorkFiles) throws(Failure) {
        func refuse(_ fault: String?) throws(Failure) {
            if let fault { throw Self.failure(video, fault) }
        }
        try refuse(try work.size(of: video) > 0 ? nil : "it is empty")
        let report = try StoredJSON.decode(
            ProbeReport.self, try work.read("probe.json", limit: 1 << 20), place: "probe.json")
        try refuse(report.fault(size: size, frames: frames))
        try refuse(timesFault(try work.read("times.csv", limit: 1 << 22)))
        try refuse(
            MP4Boxes.startsFast(try work.read("start.bin", limit: 1 << 16))
                ? nil : "its index does not come before its data")
        try refuse(stretchFault(try work.read("stretches.txt", limit: 1 << 22)))
    }

    /// What is wrong with the times at which frames are shown: each has to come exactly one frame
    /// after the one before, the first at once.
    func timesFault(_ bytes: [UInt8]) -> String? {
        let rate = Double(VideoSettings.frameRate)
        let times = String(decoding: bytes, as: UTF8.self).split(whereSeparator: {
            "\n,".contains($0)
        })
        .compactMap { Double($0) }.sorted()
        guard times.count == frames else {
            return "it has \(times.count) frames with a time, not \(frames)"
        }
        for (index, time) in times.enumerated() where abs(time - Double(index) / rate) > 0.000_01 {
            return
                "frame \(index + 1) is shown at \(time) s, not at \(decimal(Double(index) / rate)) s"
        }
        return nil
    }

    /// What is wrong with the picture over time, from what blackdetect and freezedetect found.
    func stretchFault(_ bytes: [UInt8]) -> String? {
        var blackSince: Double?
        let end = Double(frames) / Double(VideoSettings.frameRate)
        func blackFault(until time: Double) -> String? {
            guard let since = blackSince, time - since >= Self.longestBlack else { return nil }
            return "it is black for \(decimal(time - since)) s from \(decimal(since)) s on"
        }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=")
            guard parts.count == 2, let time = Double(parts[1]) else { continue }
            switch parts[0] {
            case "lavfi.black_start": blackSince = time
            case "lavfi.black_end":
                if let fault = blackFault(until: time) { return fault }
                blackSince = nil
            case "lavfi.freezedetect.freeze_start":
                return
                    "its picture stands still for \(decimal(Self.longestFreeze)) s or more from \(decimal(time)) s on"
            default: break
            }
        }
        return blackFault(until: end)
    }
}
