import Glibc

/// How loud a sound is, as ffmpeg's `ebur128` filter measured it (ITU-R BS.1770, EBU R 128).
struct Loudness: Hashable, Sendable {
    /// The integrated loudness in LUFS; no sound at all has -70.
    var integrated = -70.0
    /// The true peak in dBTP, if it was measured; nothing but zeros has less than -100.
    var truePeak: Double?
    /// The length in seconds, to a tenth.
    var seconds = 0.0

    /// The most bytes the measurement of a video may have.
    static let limit = 1 << 24

    /// The filters that measure what goes through them, into a file of the working directory.
    static func meter(_ file: String, peaks: Bool) -> String {
        "ebur128=metadata=1\(peaks ? ":peak=true" : ""),ametadata=mode=print:file=\(file)"
    }

    /// Reads what the filters wrote: a measurement of all so far for each tenth of a second.
    init(_ bytes: [UInt8]) {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let value = { (key: String) -> Double? in
                line.hasPrefix(key) ? Double(line.dropFirst(key.count)) : nil
            }
            if let found = value("lavfi.r128.I="), found.isFinite {
                integrated = found
                seconds += 0.1
            } else if let found = value("lavfi.r128.true_peak="), found.isFinite {
                truePeak = found > 1e-5 ? 20 * log10(found) : -100
            }
        }
    }
}
