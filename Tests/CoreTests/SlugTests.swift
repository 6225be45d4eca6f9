import Core
import Testing

@Suite struct SlugTests {
    @Test(arguments: [
        ("Why bees dance", "why-bees-dance"), ("  --Why?? BEES!  ", "why-bees"), ("", ""),
        ("—?!", ""),
        ("Über 3 Äpfel", "über-3-äpfel"), ("日本の 猫", "日本の-猫"), ("हिन्दी में", "हिन्दी-में"),
        ("../../etc/passwd", "etc-passwd"), ("a\u{0}b\nc", "a-b-c"), ("\u{301}x", "x"),
        ("👩‍🚀 in space", "in-space"), ("a_b", "a-b"),
    ])
    func isMadeOfLettersAndDigits(_ text: String, _ slug: String) {
        #expect(Slug.of(text, atMost: 60) == slug)
    }

    @Test func isBoundedInBytes() {
        #expect(Slug.of(String(repeating: "猫", count: 100), atMost: 60).utf8.count == 60)
        #expect(Slug.of(String(repeating: "é", count: 100), atMost: 5) == "éé")
        #expect(Slug.of("ab cd", atMost: 3) == "ab")
    }
}
