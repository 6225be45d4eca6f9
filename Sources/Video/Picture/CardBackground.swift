#if canImport(Glibc)
    import Glibc
#endif

/// The soft lights behind a heading, as a small picture of 16 bits a channel. ffmpeg enlarges it:
/// there is nothing in it but slow changes, so that is as good as drawing it large, and much
/// cheaper. Sixteen bits, dithered down afterwards, leave no bands.
enum CardBackground {
    /// A light: where it is, how far it reaches, how strong it is.
    struct Light: Hashable, Sendable {
        /// In pixels of the full picture.
        var x, y, radius: Double
        var colour: Colour
        /// 0...1.
        var strength: Double
    }

    /// The picture is so many times smaller than the one it becomes.
    static let reduction = 12

    /// The picture as a binary PPM (Netpbm) with a maximum of 65535.
    ///
    /// - Parameter dim: where, in parts of the height, it begins and ends to grow dark downward.
    static func picture(
        _ size: PixelSize, base: Colour, lights: [Light], dim: ClosedRange<Double>
    ) -> [UInt8] {
        let width = size.width / reduction
        let height = size.height / reduction
        var bytes = Array("P6\n\(width) \(height)\n65535\n".utf8)
        bytes.reserveCapacity(bytes.count + width * height * 6)
        for row in 0..<height {
            let y = (Double(row) + 0.5) / Double(height) * Double(size.height)
            let down = y / Double(size.height)
            let t = min(max((down - dim.lowerBound) / (dim.upperBound - dim.lowerBound), 0), 1)
            let light = 1 - 0.6 * t * t * (3 - 2 * t)
            for column in 0..<width {
                let x = (Double(column) + 0.5) / Double(width) * Double(size.width)
                var colour = base
                for one in lights {
                    let dx = (x - one.x) / one.radius
                    let dy = (y - one.y) / one.radius
                    colour = colour.mixed(
                        with: one.colour, one.strength * exp(-1.6 * (dx * dx + dy * dy)))
                }
                for part in [colour.red, colour.green, colour.blue] {
                    let value = UInt16(min(max(part * light, 0), 1) * 65535)
                    bytes.append(UInt8(value >> 8))
                    bytes.append(UInt8(value & 255))
                }
            }
        }
        return bytes
    }
}
