import Testing

@testable import Core

@Suite struct SHA256Tests {
    private func hash(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalizeHexadecimal()
    }

    /// From FIPS 180-4's examples and the NIST CAVP byte vectors.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func agreesWithTheStandard(_ text: String, _ expected: String) {
        #expect(hash(Array(text.utf8)) == expected)
    }

    @Test func agreesOnAByteThatIsNoText() {
        #expect(
            hash([0xbd]) == "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b")
    }

    @Test func agreesOnAMillionBytes() {
        #expect(
            hash([UInt8](repeating: 0x61, count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// Lengths around the block and the padding, each taken in pieces of every size.
    @Test(arguments: [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 200])
    func doesNotDependOnHowTheBytesArrive(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = hash(bytes)
        for size in 1...130 {
            var pieces = SHA256()
            for start in stride(from: 0, to: count, by: size) {
                pieces.update(Array(bytes[start..<min(start + size, count)]))
            }
            #expect(pieces.finalizeHexadecimal() == whole)
        }
    }

    /// With the processor's own instructions, if it has them, and without.
    @Test func isTheSameOnEveryProcessor() {
        var bytes: [UInt8] = []
        for count in 0..<300 {
            var portable = SHA256(isPortable: true)
            portable.update(bytes)
            #expect(portable.finalizeHexadecimal() == hash(bytes), "\(count) bytes")
            bytes.append(UInt8(truncatingIfNeeded: count &* 151 &+ count >> 3))
        }
        bytes = [UInt8](repeating: 0x61, count: 1_000_000)
        var portable = SHA256(isPortable: true)
        portable.update(bytes)
        #expect(portable.finalizeHexadecimal() == hash(bytes))
    }

    @Test func aCopyGoesItsOwnWay() {
        var one = SHA256()
        one.update(Array("ab".utf8))
        var two = one
        two.update(Array("x".utf8))
        one.update(Array("c".utf8))
        #expect(one.finalizeHexadecimal() == hash(Array("abc".utf8)))
        #expect(two.finalizeHexadecimal() == hash(Array("abx".utf8)))
    }
}
