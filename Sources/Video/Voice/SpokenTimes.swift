import Core

/// When a voice says it spoke each word: what `reeld-speak` writes beside a recording.
struct SpokenTimes: Hashable, Sendable {
    /// A piece of the text.
    struct Piece: Hashable, Sendable {
        /// The word it belongs to, and how many scalars of the word come before it.
        var word, offset: Int
        /// When it begins and ends, in seconds from the recording's start.
        var start, end: Double
    }

    /// The pieces in the order they are spoken; empty if the voice tells nothing.
    var pieces: [Piece]

    /// Where the times of the `index`-th scene, counted from 0, are kept.
    static func place(_ index: Int) -> String { "audio/words_\(Narration.number(index)).txt" }

    /// Reads lines of word, offset, beginning and end in milliseconds. Fails for anything else.
    init(_ bytes: [UInt8], _ name: String) throws(Failure) {
        pieces = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 4, numbers.allSatisfy({ (0...86_400_000).contains($0) }),
                numbers[2] <= numbers[3]
            else {
                throw Failure(
                    .permanent, code: "bad_narration", operation: "read the word times",
                    subject: name, cause: "'\(line)' is no word with its times",
                    hint: "Is it the reeld-speak of this version that is run?")
            }
            pieces.append(
                Piece(
                    word: numbers[0], offset: numbers[1], start: Double(numbers[2]) / 1000,
                    end: Double(numbers[3]) / 1000))
        }
    }
}
