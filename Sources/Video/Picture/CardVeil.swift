/// What a picture is multiplied by so that white text can be read on it: dark behind the text and
/// the captions, hardly anything elsewhere. Small, as the lights are, and enlarged by ffmpeg.
enum CardVeil {
    /// How much of a picture's light is left behind text, and elsewhere. White comes out there as
    /// 0.3 of white, or 0.07 of its light: white text on it has a contrast of nine to one.
    static let least = 0.3
    static let most = 0.88

    /// The veil as a binary PPM (Netpbm) with a maximum of 65535.
    ///
    /// - Parameters:
    ///   - text: where the label and the heading are, in pixels of the still.
    ///   - soft: over how many pixels it fades out.
    ///   - foot: where it begins to grow dark for the captions, and where it is.
    static func picture(
        _ size: PixelSize, text: EdgeInsets, soft: Double, foot: ClosedRange<Double>
    ) -> [UInt8] {
        let width = size.width / CardBackground.reduction
        let height = size.height / CardBackground.reduction
        var bytes = Array("P6\n\(width) \(height)\n65535\n".utf8)
        let smooth = { (t: Double) in
            let t = min(max(t, 0), 1)
            return t * t * (3 - 2 * t)
        }
        for row in 0..<height {
            let y = (Double(row) + 0.5) / Double(height) * Double(size.height)
            let below = smooth((y - foot.lowerBound) / (foot.upperBound - foot.lowerBound))
            let down = max(Double(text.top) - y, y - Double(text.bottom), 0)
            for column in 0..<width {
                let x = (Double(column) + 0.5) / Double(width) * Double(size.width)
                let across = max(Double(text.left) - x, x - Double(text.right), 0)
                let distance = (down * down + across * across).squareRoot()
                let behind = smooth(1 - distance / soft)
                let dark = max(behind, 0.75 * below)
                let value = UInt16((most + (least - most) * dark) * 65535)
                for _ in 0..<3 {
                    bytes.append(UInt8(value >> 8))
                    bytes.append(UInt8(value & 255))
                }
            }
        }
        return bytes
    }
}
