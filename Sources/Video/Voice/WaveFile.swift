/// The sound of a RIFF WAVE file of 16-bit PCM, its channels averaged into one.
///
/// See "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991).
struct WaveFile: Sendable {
    /// Samples a second.
    var rate: Int
    /// The samples.
    var samples: [Int16]

    /// Its length in seconds.
    var seconds: Double { Double(samples.count) / Double(rate) }

    /// The greatest magnitude of a sample.
    var peak: Int { samples.reduce(0) { max($0, abs(Int($1))) } }

    /// Reads a file; nil if it is none of that kind. A data chunk that claims more than there is,
    /// as programs writing to a pipe leave it, counts for what there is.
    init?(_ bytes: [UInt8]) {
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        func isTag(_ tag: String, at offset: Int) -> Bool {
            bytes[offset..<offset + 4].elementsEqual(tag.utf8)
        }
        guard bytes.count >= 12, isTag("RIFF", at: 0), isTag("WAVE", at: 8) else { return nil }
        var offset = 12
        var channels = 0
        var rate = 0
        while offset + 8 <= bytes.count {
            let body = offset + 8
            let size = number(offset + 4, 4)
            if isTag("fmt ", at: offset) {
                guard size >= 16, body + 16 <= bytes.count else { return nil }
                // 1 is PCM, 0xFFFE the extensible form that also carries it.
                guard [1, 0xFFFE].contains(number(body, 2)), number(body + 14, 2) == 16 else {
                    return nil
                }
                channels = number(body + 2, 2)
                rate = number(body + 4, 4)
            } else if isTag("data", at: offset) {
                guard (1...8).contains(channels), (4_000...192_000).contains(rate) else {
                    return nil
                }
                self.rate = rate
                samples = Self.mixed(bytes[body..<min(bytes.count, body + size)], channels)
                return
            }
            offset = body + size + size % 2
        }
        return nil
    }

    private static func mixed(_ data: ArraySlice<UInt8>, _ channels: Int) -> [Int16] {
        data.withUnsafeBytes { raw in
            (0..<raw.count / (2 * channels)).map { frame in
                var sum = 0
                for channel in 0..<channels {
                    let value = raw.loadUnaligned(
                        fromByteOffset: 2 * (frame * channels + channel), as: Int16.self)
                    sum += Int(Int16(littleEndian: value))
                }
                return Int16(sum / channels)
            }
        }
    }
}
