/// What a voice said: samples, and when each piece of the text begins and ends.
struct Speech {
    /// A piece of the text and when it is spoken.
    struct Event {
        /// The line it is on, and how many scalars of the line come before it.
        var line, offset: Int
        /// In milliseconds from the beginning.
        var start, end: Int
    }

    /// Samples a second.
    var rate: Int
    var samples: [Int16] = []
    var events: [Event] = []

    /// How much is spoken so far, in milliseconds.
    var milliseconds: Int { rate > 0 ? samples.count * 1000 / rate : 0 }

    /// The events as text: a line of four numbers each.
    var eventText: String {
        events.map { "\($0.line) \($0.offset) \($0.start) \($0.end)\n" }.joined()
    }

    /// The samples as a RIFF WAVE file of 16-bit PCM, mono.
    var wave: [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let size = samples.count * 2
        var bytes =
            Array("RIFF".utf8) + little(36 + size, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
            + little(1, 2) + little(1, 2) + little(rate, 4) + little(rate * 2, 4) + little(2, 2)
            + little(16, 2) + Array("data".utf8) + little(size, 4)
        bytes.reserveCapacity(bytes.count + size)
        for sample in samples {
            let value = UInt16(bitPattern: sample)
            bytes.append(UInt8(value & 255))
            bytes.append(UInt8(value >> 8))
        }
        return bytes
    }
}

/// Lines joined by blanks into the text a voice reads, and the way back from it.
struct JoinedLines {
    let text: String
    /// Where each line begins in the text, in the unit of `count`.
    private let starts: [Int]

    /// Joins lines; `count` measures one in the unit the voice counts its text in.
    init(_ lines: [String], count: (String) -> Int) {
        var starts: [Int] = []
        var next = 0
        for line in lines {
            starts.append(next)
            next += count(line) + 1
        }
        self.starts = starts
        text = lines.joined(separator: " ")
    }

    /// The line that a position in the text belongs to, and the position within it.
    func place(_ position: Int) -> (line: Int, offset: Int)? {
        guard position >= 0, let line = starts.lastIndex(where: { $0 <= position }) else {
            return nil
        }
        return (line, position - starts[line])
    }
}
