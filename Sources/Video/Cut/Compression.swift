/// How much work goes into compressing the picture.
public enum Compression: String, Codable, Sendable, CaseIterable {
    /// The quickest there is, and files about five times as large as those of `balanced`.
    case fast
    /// Hardly slower than `fast`.
    case balanced
    /// Files a third smaller than `balanced` at the same likeness, for twice the encoder's CPU.
    case small

    /// ffmpeg's arguments for H.264 as the web takes it: BT.709, 8 bits, a key frame at least every
    /// two seconds, one thread, for clips are made side by side. Equal frames give equal bytes.
    ///
    /// - Parameter megabits: the most megabits a second, over two seconds.
    func arguments(megabits: Int) -> [String] {
        let effort =
            switch self {
            case .fast:
                [
                    "-preset", "ultrafast", "-crf", "20", "-x264-params",
                    "cabac=1:deblock=0,0:8x8dct=1:keyint=60:min-keyint=60:scenecut=0",
                ]
            case .balanced:
                [
                    "-preset", "veryfast", "-crf", "20", "-x264-params",
                    // The frames looked ahead at are most of the memory; more of them help little
                    // where the motion is as even as here. The third way of adaptive quantization
                    // spends more on the dark, where bands would show.
                    "subme=1:ref=1:me=dia:trellis=0:b-adapt=0:rc-lookahead=4:keyint=60:aq-mode=3",
                ]
            case .small:
                ["-preset", "veryfast", "-crf", "23", "-x264-params", "keyint=60:aq-mode=3"]
            }
        return ["-c:v", "libx264"] + effort
            + ["-maxrate", "\(megabits)M", "-bufsize", "\(2 * megabits)M"]
            + [
                "-threads", "1", "-pix_fmt", "yuv420p", "-colorspace", "bt709",
                "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
            ]
    }
}
