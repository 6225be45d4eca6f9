import Core
import Glibc
import Testing

/// Texts cut off, damaged, and made to be slow.
@Suite struct JSONHostileTests {
    static let strict = Array(
        #"""
        {"topic": "Caf\u00e9 \uD834\uDD1E “x” 𝄞", "n": [0, -1.5e+3, 12], "b": true,
         "o": {"é": null, "e": {}, "f": [[], [false]]}, "last": "\\\"" }
        """#.utf8)

    static let json5 = Array(
        #"""
        // first
        { topic: 'Caf\u00e9 \x41 \
        “x” 𝄞', n: [+0x1F, .5, 5., -1e3,], /* b */ "b": true,
          \u0061é: null, o: { e: {}, }, }
        """#.utf8)

    @Test(arguments: [JSONDialect.strict, .json5])
    func tellsWhenTheTextIsCutOff(_ dialect: JSONDialect) throws {
        let whole = dialect == .strict ? Self.strict : Self.json5
        #expect(throws: Never.self) { try JSONNode(parsing: whole, dialect: dialect) }
        for length in whole.indices {
            let error = try #require(throws: JSONError.self) {
                try JSONNode(parsing: Array(whole[..<length]), dialect: dialect)
            }
            #expect(error.isTruncated, "cut at \(length): \(error)")
        }
    }

    @Test(arguments: [
        "", " \n\t", "[", "\"", "\"\\", "\"\\u00", "\"\\uD834", "\"\\uD834\\", "-", "1.", "1e",
        "tr", "{\"a\"",
    ])
    func tellsWhenThereIsNotEnough(_ text: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONNode(parsing: Array(text.utf8)) }
        #expect(error.isTruncated, "\(error)")
    }

    /// A bare key that ends the text may be the beginning of another.
    @Test func waitsForTheRestOfABareKey() throws {
        let error = try #require(throws: JSONError.self) {
            try JSONNode(parsing: Array("{a:1,a".utf8), dialect: .json5)
        }
        #expect(error.isTruncated, "\(error)")
    }

    @Test(arguments: ["}", "{]", "[1,]", "{} x", "trx", "{\"a\":1,\"a\"", "[01", "1e999"])
    func tellsWhenMoreWouldNotHelp(_ text: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONNode(parsing: Array(text.utf8)) }
        #expect(!error.isTruncated, "\(error)")
    }

    @Test(arguments: [JSONDialect.strict, .json5])
    func survivesDamage(_ dialect: JSONDialect) {
        let whole = dialect == .strict ? Self.strict : Self.json5
        var random = SplitMix(state: 20_261_123)
        let marks =
            Array("{}[]\",:'\\/*u0eE+-. \n\r\0\u{FEFF}".utf8) + [0x80, 0xC0, 0xED, 0xF4, 0xFF]
        var refused = 0
        for _ in 0..<10_000 {
            var bytes = whole
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count)
                let byte =
                    random.below(2) == 0
                    ? marks[random.below(marks.count)] : UInt8(random.below(256))
                switch random.below(4) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                case 2: bytes.remove(at: place)
                default: bytes.swapAt(place, random.below(bytes.count))
                }
            }
            do {
                _ = try JSONNode(parsing: bytes, dialect: dialect)
            } catch {
                refused += 1
                #expect(error.line >= 1 && error.column >= 1 && !error.reason.isEmpty)
                guard !error.isTruncated else { continue }
                let more = marks[random.below(marks.count)]
                let mended = try? JSONNode(parsing: bytes + [more], dialect: dialect)
                #expect(mended == nil, "one more byte, \(more), mended \(error)")
            }
        }
        #expect(refused > 5_000)
    }

    @Test func boundsDepth() throws {
        let nested = { (depth: Int) in
            [UInt8](repeating: UInt8(ascii: "["), count: depth)
                + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        }
        #expect(throws: Never.self) { try JSONNode(parsing: nested(64)) }
        let error = try #require(throws: JSONError.self) { try JSONNode(parsing: nested(65)) }
        #expect(error.reason == "nested more than 64 deep" && error.column == 65)
        let open = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        let endless = try #require(throws: JSONError.self) { try JSONNode(parsing: open) }
        #expect(!endless.isTruncated)
    }

    @Test func boundsSize() throws {
        let blanks = [UInt8](repeating: UInt8(ascii: " "), count: (1 << 20) - 1)
        #expect(throws: Never.self) { try JSONNode(parsing: blanks + Array("1".utf8)) }
        let error = try #require(throws: JSONError.self) {
            try JSONNode(parsing: blanks + Array("12".utf8))
        }
        #expect(error.reason.contains("1048577 bytes, more than 1048576") && !error.isTruncated)
    }

    @Test func boundsKeysAndNumbers() throws {
        let limits = JSONLimits(token: 8)
        #expect(throws: Never.self) {
            try JSONNode(parsing: Array(#"{"12345678": 12345678}"#.utf8), limits: limits)
        }
        for text in [#"{"123456789": 0}"#, "123456789", "[0.0000001]"] {
            let error = try #require(throws: JSONError.self) {
                try JSONNode(parsing: Array(text.utf8), limits: limits)
            }
            #expect(error.reason.contains("more than 8"))
        }
    }

    /// Texts that take minutes, or the stack, if anything about them takes more than linear time.
    enum Flood: CaseIterable {
        case keys, objects, strings, escapedMarks, marks, lineBreaks
        /// A long path to every one of many elements.
        case longPath

        /// So many fourths of all there may be of it.
        func text(_ fourths: Int) -> [UInt8] {
            func repeated(_ text: String, _ count: Int) -> String {
                String(repeating: text, count: count / 4 * fourths)
            }
            let text =
                switch self {
                case .keys:
                    "{" + (0..<20_000 * fourths).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
                case .objects: "[" + repeated("{},", 300_000) + "0]"
                case .strings: "[" + repeated("\"\",", 300_000) + "0]"
                case .escapedMarks: "\"" + repeated("\\u0301", 170_000) + "\""
                case .marks: "\"" + repeated("\u{301}\u{327}", 250_000) + "\""
                case .lineBreaks: repeated("\n", 1_000_000) + "0"
                case .longPath:
                    String(repeating: "{\"\(repeated("x", 1000))\":", count: 60)
                        + "[" + repeated("0,", 450_000) + "0]" + String(repeating: "}", count: 60)
                }
            return Array(text.utf8)
        }
    }

    /// Four times as much takes about four times as long, and sixteen times if it is not linear.
    /// By the thread's own time, and in the best of a few rounds: others use the processors' caches.
    @Test(arguments: Flood.allCases) func takesLinearTime(_ flood: Flood) throws {
        let (part, whole) = (flood.text(1), flood.text(4))
        var growth: [Double] = []
        repeat {
            let short = try processorTime { _ = try JSONNode(parsing: part) }
            growth.append(try processorTime { _ = try JSONNode(parsing: whole) } / short)
        } while growth.min() ?? 0 > 8 && growth.count < 5
        #expect(growth.min() ?? .infinity <= 8, "\(growth)")
    }

    /// How long this thread has worked on `body`. See clock_gettime(2).
    private func processorTime(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return now() - start
    }

    /// Keys that are costly to compare as text are short, and long ones are never compared.
    @Test func refusesKeysMadeOfMarks() {
        let key = String(repeating: "\u{301}\u{327}", count: 250_000)
        #expect(throws: JSONError.self) { try JSONNode(parsing: Array("{\"\(key)\":0}".utf8)) }
    }
}

/// The generator of Steele, Lea and Flood: the same numbers on every run.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
