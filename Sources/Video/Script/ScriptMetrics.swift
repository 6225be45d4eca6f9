/// How wide characters are that Inter does not have, and how large they look, in the faces that
/// stand in for it.
///
/// Measured on lines drawn by libass with Debian's fonts-noto-core, fonts-dejavu-core and
/// fonts-wqy-microhei, and rounded up: a caption too narrow is no harm.
enum ScriptMetrics {
    /// One script's characters.
    private struct Script {
        var scalars: ClosedRange<UInt32>
        /// The mean advance in hundredths of Inter's em, at the same size in ASS.
        var advance: Int
        /// What its size has to be multiplied by to look as large as Inter does: libass scales a
        /// face by its ascent and descent, and scripts that pile up marks have much of both.
        var enlargement = 1.0
    }

    private static let scripts = [
        Script(scalars: 0x0400...0x052F, advance: 80),  // Cyrillic
        Script(scalars: 0x0530...0x058F, advance: 80),  // Armenian
        Script(scalars: 0x0590...0x05FF, advance: 62),  // Hebrew
        Script(scalars: 0x0600...0x077F, advance: 62, enlargement: 1.05),  // Arabic
        Script(scalars: 0x0900...0x097F, advance: 56, enlargement: 1.2),  // Devanagari
        Script(scalars: 0x0980...0x0A7F, advance: 57, enlargement: 1.2),  // Bengali, Gurmukhi
        Script(scalars: 0x0A80...0x0AFF, advance: 57, enlargement: 1.2),  // Gujarati
        Script(scalars: 0x0B00...0x0B7F, advance: 62, enlargement: 1.15),  // Oriya
        Script(scalars: 0x0B80...0x0BFF, advance: 90),  // Tamil
        Script(scalars: 0x0C00...0x0C7F, advance: 65, enlargement: 1.15),  // Telugu
        Script(scalars: 0x0C80...0x0CFF, advance: 62, enlargement: 1.15),  // Kannada
        Script(scalars: 0x0D00...0x0D7F, advance: 86),  // Malayalam
        Script(scalars: 0x0D80...0x0DFF, advance: 80),  // Sinhala
        Script(scalars: 0x0E00...0x0EFF, advance: 47, enlargement: 1.3),  // Thai, Lao
        Script(scalars: 0x1000...0x109F, advance: 54, enlargement: 1.25),  // Burmese
        Script(scalars: 0x10A0...0x10FF, advance: 76),  // Georgian
        Script(scalars: 0x1100...0x11FF, advance: 103),  // Hangul, in parts
        Script(scalars: 0x1200...0x139F, advance: 62, enlargement: 1.2),  // Ethiopic
        Script(scalars: 0x1780...0x17FF, advance: 50, enlargement: 1.25),  // Khmer
        Script(scalars: 0x2E80...0xA4CF, advance: 103),  // Chinese, Japanese
        Script(scalars: 0xAC00...0xD7FF, advance: 103),  // Hangul
        Script(scalars: 0xF900...0xFAFF, advance: 103),
        Script(scalars: 0xFB50...0xFDFF, advance: 62, enlargement: 1.05),  // Arabic
        Script(scalars: 0xFE70...0xFEFF, advance: 62, enlargement: 1.05),
        Script(scalars: 0xFF00...0xFF60, advance: 103),
        Script(scalars: 0xFF61...0xFFDC, advance: 55),  // halfwidth kana and jamo
        Script(scalars: 0x20000...0x3FFFF, advance: 103),
    ]

    private static func script(_ scalar: Unicode.Scalar) -> Script? {
        scripts.first { $0.scalars.contains(scalar.value) }
    }

    /// A character's advance in hundredths of Inter's em; nil if it is of none of these scripts.
    static func advance(_ scalar: Unicode.Scalar) -> Int? { script(scalar)?.advance }

    /// What the size of a text has to be multiplied by to look as large as others: as most of its
    /// letters want it.
    static func enlargement(_ text: String) -> Double {
        let letters = text.unicodeScalars.filter(\.properties.isAlphabetic)
        let wanted = letters.map { script($0)?.enlargement ?? 1 }
        let large = wanted.filter { $0 > 1 }
        return large.count * 2 > letters.count ? large.reduce(0, +) / Double(large.count) : 1
    }
}
