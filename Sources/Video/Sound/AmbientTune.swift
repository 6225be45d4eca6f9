import Glibc

/// Music that does not ask for attention: four soft chords, six seconds each, that melt into one
/// another, and a few plucked notes of them. It ends as it begins, so it can go on for ever.
///
/// All of it is one expression of ffmpeg's `aevalsrc`, of numbers alone; equal seeds give equal
/// music.
struct AmbientTune: Hashable, Sendable {
    /// How long a chord and how long all four are, in seconds.
    private static let chord = 6.0
    static let seconds = 24.0
    /// Nothing of it is higher than 2 kHz, so a low rate is enough and costs a sixth.
    private static let rate = 8000

    /// The chords, from the lowest note, as MIDI numbers them.
    var chords: [[Int]]
    /// The plucked notes and when they begin, in seconds.
    var plucks: [(note: Int, start: Double)]

    /// The tune of a seed.
    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        // Steps above the key's note; the third says whether it is major.
        let progressions = [
            [(0, 4), (-3, 3), (5, 4), (-5, 4)], [(0, 4), (-5, 4), (-3, 3), (5, 4)],
            [(-3, 3), (5, 4), (0, 4), (-5, 4)], [(0, 4), (5, 4), (-3, 3), (5, 4)],
        ]
        let key = Int.random(in: 45...50, using: &random)
        let progression = progressions[Int.random(in: progressions.indices, using: &random)]
        // Root, fifth, tenth and ninth: open, and with no third low enough to grumble.
        chords = progression.map { step, third in
            let root = key + step
            return [root, root + 7, root + 12 + third, root + 14]
        }
        plucks = []
        for step in 0..<16 where Int.random(in: 0..<10, using: &random) < 7 {
            let start = Double(step) * Self.seconds / 16
            let notes = chords[Int(start / Self.chord)]
            let note = notes[Int.random(in: 1..<notes.count, using: &random)] + 12
            plucks.append((note, start))
        }
    }

    static func == (one: Self, other: Self) -> Bool { one.graph == other.graph }

    func hash(into hasher: inout Hasher) { hasher.combine(graph) }

    /// The filters that make it, 48 kHz stereo.
    var graph: String {
        "aevalsrc=exprs='\(channel(0))|\(channel(1))':s=\(Self.rate):d=\(decimal(Self.seconds)),"
            + "aresample=48000,lowpass=f=1600"
    }

    /// One channel. The two differ by a beat too slow to be heard as one.
    private func channel(_ side: Int) -> String {
        let parts =
            chords.indices.map { pad(chords[$0], at: $0, side) } + plucks.map(Self.pluck)
        return "0.4*(\(parts.joined(separator: "+")))"
    }

    /// A chord swells around the middle of its time and is gone when the next has taken over.
    private func pad(_ notes: [Int], at index: Int, _ side: Int) -> String {
        let all = decimal(Self.seconds)
        let reach = decimal(Self.chord * 0.85)
        let shift = decimal(Self.seconds * 1.5 - (Double(index) + 0.5) * Self.chord)
        // How far it is to the chord's middle, around the end if that is nearer.
        let distance = "st(0,mod(t+\(shift),\(all))-\(decimal(Self.seconds / 2)))"
        let strengths = [0.30, 0.22, 0.16, 0.10]
        let sum = notes.indices.map { number in
            let loud = Self.frequency(notes[number], beats: side * (number + 1))
            let octave = Self.frequency(notes[number] + 12, beats: 0)
            return "\(decimal(strengths[number]))*(sin(2*PI*\(loud)*t)"
                + "+0.25*sin(2*PI*\(octave)*t+\(number)))"
        }.joined(separator: "+")
        return "0*\(distance)+if(lt(abs(ld(0)),\(reach)),"
            + "pow(cos(PI/2*ld(0)/\(reach)),2)*(\(sum)),0)"
    }

    /// A note that begins at once and dies away.
    private static func pluck(_ pluck: (note: Int, start: Double)) -> String {
        let since = "(t-\(decimal(pluck.start)))"
        let end = decimal(pluck.start + Self.seconds / 16)
        return "if(between(t,\(decimal(pluck.start)),\(end)),0.10*(1-exp(-60*\(since)))"
            + "*exp(-3.2*\(since))*sin(2*PI*\(frequency(pluck.note, beats: 0))*\(since)),0)"
    }

    /// A note's frequency in hertz, to a whole number of periods in all of it, and `beats` more.
    private static func frequency(_ note: Int, beats: Int) -> String {
        let exact = 440 * pow(2, (Double(note) - 69) / 12)
        let periods = Int((exact * seconds).rounded()) + beats
        // Six decimals: what is cut off is not heard in 24 seconds.
        let millionths = Int((Double(periods) / seconds * 1_000_000).rounded())
        let rest = String(millionths % 1_000_000)
        return "\(millionths / 1_000_000)." + String(repeating: "0", count: 6 - rest.count) + rest
    }
}
