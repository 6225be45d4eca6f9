import Core
import Testing

@Suite struct ExactTextTests {
    private static let forms = ["e\u{301}", "\u{E9}"]

    @Test func formsOfOneLetterAreTwoTexts() {
        #expect(Self.forms[0] == Self.forms[1])
        #expect(Set(Self.forms.map(ExactText.init)).count == 2)
    }

    @Test func theSameBytesAreOne() {
        #expect(Set(["a", "a", "", ""].map(ExactText.init)).count == 2)
    }
}
