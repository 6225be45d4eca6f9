import Glibc

/// Where in a recording somebody speaks.
struct SpeechMeasure: Hashable, Sendable {
    /// When the speech begins and ends, in seconds from the recording's start.
    var start, end: Double
    /// The silences within it of at least 0.12 s, in seconds from the recording's start.
    var pauses: [ClosedRange<Double>]

    /// How strong it is while it is not silent, in dB of the greatest amplitude there can be.
    var level = -20.0

    /// How long the speech is, in seconds.
    var seconds: Double { end - start }

    /// Makes a measure.
    init(start: Double, end: Double, pauses: [ClosedRange<Double>] = []) {
        self.start = start
        self.end = end
        self.pauses = pauses
    }

    /// Measures a recording by its peaks in windows of 10 ms; below 3 % of the greatest is
    /// silence. Nil if all of it is.
    init?(_ wave: WaveFile) {
        let window = max(1, wave.rate / 100)
        let length = Double(window) / Double(wave.rate)
        let peaks = stride(from: 0, to: wave.samples.count, by: window).map { offset in
            wave.samples[offset..<min(offset + window, wave.samples.count)]
                .reduce(0) { max($0, abs(Int($1))) }
        }
        let floor = max(60, (peaks.max() ?? 0) * 3 / 100)
        guard let first = peaks.firstIndex(where: { $0 > floor }),
            let last = peaks.lastIndex(where: { $0 > floor })
        else { return nil }
        start = Double(first) * length
        end = min(Double(last + 1) * length, wave.seconds)
        var squares = 0.0
        var count = 0
        for (index, peak) in peaks.enumerated() where peak > floor {
            let begin = index * window
            for sample in wave.samples[begin..<min(begin + window, wave.samples.count)] {
                squares += Double(sample) * Double(sample)
                count += 1
            }
        }
        level = 10 * log10(max(1, squares / Double(max(1, count)))) - 20 * log10(32768)
        pauses = []
        var quietSince: Int?
        for index in first...last {
            if peaks[index] <= floor {
                quietSince = quietSince ?? index
            } else if let since = quietSince {
                if Double(index - since) * length >= 0.12 {
                    pauses.append(Double(since) * length...Double(index) * length)
                }
                quietSince = nil
            }
        }
    }
}
