import CLinux

/// How many columns of a terminal a text takes; see wcwidth(3). Combining characters take none, those of
/// East Asian scripts and most pictures two.
public enum TextWidth {
    /// The columns of a text.
    public static func of(_ text: some StringProtocol) -> Int {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + max(0, Int(clinux_width($1.value))) }
    }
}
