/// A text that equals another only if it has the same bytes in UTF-8, as the kernel compares names. Texts
/// themselves are equal too if they differ only in the form in which Unicode writes a letter: `é` as one character,
/// or as an `e` and an accent.
public struct ExactText: Hashable, Sendable {
    /// The text.
    public let text: String

    /// Takes a text by its bytes.
    public init(_ text: String) { self.text = text }

    /// Whether they have the same bytes.
    public static func == (one: Self, other: Self) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    /// Adds the bytes.
    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}
