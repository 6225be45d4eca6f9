@testable import Motion

/// A still whose luma is `value` of its column and row, its chroma grey.
func still(_ width: Int, _ height: Int, _ value: (Int, Int) -> UInt8) -> Still? {
    var bytes: [UInt8] = []
    for row in 0..<height { for column in 0..<width { bytes.append(value(column, row)) } }
    bytes += Array(repeating: 128, count: width * height / 2)
    return Still(width: width, height: height, bytes: bytes)
}

/// A still that looks random in all its planes.
func noise(_ width: Int, _ height: Int, seed: UInt64 = 1) -> Still? {
    var state = seed
    let bytes = (0..<width * height * 3 / 2).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
    return Still(width: width, height: height, bytes: bytes)
}

/// What a window shows, of all three planes.
func drawn(_ still: Still, _ window: Window, _ width: Int, _ height: Int) -> [UInt8] {
    var resampler = Resampler(width: width, height: height)
    var frame = [UInt8](repeating: 7, count: width * height * 3 / 2)
    frame.withUnsafeMutableBufferPointer { resampler.draw(still, window, into: $0) }
    return frame
}
