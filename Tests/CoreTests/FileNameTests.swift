import Core
import TestSupport
import Testing

@Suite struct FileNameTests {
    @Test(arguments: ["", ".", "..", "a/b", "/", "a\u{0}b"])
    func refusesWhatIsNoName(_ text: String) {
        #expect(FileName(bytes: text.utf8) == nil)
    }

    @Test(arguments: [
        ("a/b", "a_b"), ("a\u{0}b", "a_b"), ("", "_"), (".", "_"), ("..", "_"), ("/", "_"),
        ("...", "..."), ("größe.json", "größe.json"),
    ])
    func makesANameOfAnyText(_ text: String, _ name: String) {
        #expect(FileName(text).text == name)
    }

    @Test func keepsBytesThatAreNotUTF8() throws {
        let name = try #require(FileName(bytes: [0x61, 0xFF, 0x0A]))
        #expect(name.bytes == [0x61, 0xFF, 0x0A])
        #expect(name.text == nil)
        #expect(name.display == "a\\xff\\x0a")
    }

    @Test(arguments: [
        (Array("a.json".utf8), true), (Array("größe 漢字.json".utf8), true),
        (Array("a-b.json".utf8), true), (Array("-rf.json".utf8), false),
        (Array("a\nb.json".utf8), false), (Array("a\u{1B}[2J.json".utf8), false),
        (Array("a\u{2028}b.json".utf8), false), ([0x61, 0xFF], false),
    ])
    func tellsPlainNamesFromOthers(_ bytes: [UInt8], _ isPlain: Bool) throws {
        #expect(try #require(FileName(bytes: bytes)).isPlain == isPlain)
    }

    @Test func aSuffixIsNotTheWholeName() {
        #expect(FileName("a.json").hasSuffix(".json"))
        #expect(!FileName(".json").hasSuffix(".json"))
        #expect(!FileName("n").hasSuffix(".json"))
        #expect(FileName(".json").hasPrefix("."))
    }

    @Test func namesOf255BytesReachTheKernelWhole() throws {
        let name = try #require(
            FileName(bytes: repeatElement(UInt8(0x80), count: FileName.longest)))
        let length = name.withCString { pointer in
            var count = 0
            while pointer[count] != 0 { count += 1 }
            return count
        }
        #expect(length == 255)
    }

    @Test(arguments: [
        ("\\", "\\x5c"), ("a\u{202E}b", "a\\xe2\\x80\\xaeb"), ("\u{7F}", "\\x7f"),
        ("e\u{301}", "e\u{301}"), ("漢 字", "漢 字"), ("\\x0a", "\\x5cx0a"),
    ])
    func escapesWhatCannotBeSeen(_ text: String, _ display: String) {
        #expect(Array(text.utf8.escapedForDisplay.utf8) == Array(display.utf8))
    }

    @Test func differentBytesLookDifferent() {
        // Random strings of the bytes that make trouble: halves of characters, escapes, digits.
        let alphabet: [UInt8] = [0x5C, 0x78, 0x30, 0x61, 0x66, 0xC3, 0xA9, 0xE2, 0x80, 0xAE, 0x0A]
        var generator = SeededGenerator(seed: 7)
        var seen: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<20_000 {
            let length = Int.random(in: 1...6, using: &generator)
            let bytes = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            let display = Array(bytes.escapedForDisplay.utf8)
            #expect(seen[display, default: bytes] == bytes)
            seen[display] = bytes
        }
    }

    @Test func ordersByBytes() {
        let names: [FileName] = ["b", "a", "B", "ab", "é"]
        #expect(names.sorted().map(\.display) == ["B", "a", "ab", "b", "é"])
    }
}
