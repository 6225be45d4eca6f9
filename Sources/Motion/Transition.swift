/// How one scene becomes the next.
public enum Transition: String, Codable, Hashable, Sendable, CaseIterable {
    /// The next shows through more and more.
    case fade
    /// The next comes from the right and pushes the one before out.
    case slide
    /// The next is uncovered from the left, with a soft edge.
    case wipe
    /// A cut.
    case none
}

extension Transition {
    /// Turns `next` into the frame of the transition at `progress`, 0 for the scene before and 1
    /// for the next. Both hold frames of that size.
    func mix(
        _ before: UnsafeBufferPointer<UInt8>, into next: UnsafeMutableBufferPointer<UInt8>,
        width: Int, height: Int, progress: Double
    ) {
        guard let old = before.baseAddress, let new = next.baseAddress else { return }
        // Slow at both ends, so that nothing jerks.
        let eased = progress * progress * (3 - 2 * progress)
        switch self {
        case .none: break
        case .fade:
            Self.blend(old, new, width * height * 3 / 2, UInt16((progress * 256).rounded()))
        case .slide:
            // In steps of two pixels, as chroma has half of them.
            let shift = Int((eased * Double(width) / 2).rounded()) * 2
            Self.eachPlane(old, new, width, height) { old, new, width, rows, part in
                let shift = shift / part
                for row in 0..<rows {
                    let from = old + row * width
                    let to = new + row * width
                    // The head of the new row moves to the right before the old one covers it.
                    (to + width - shift).update(from: to, count: shift)
                    to.update(from: from + shift, count: width - shift)
                }
            }
        case .wipe:
            let soft = Double(width) / 5
            let edge = eased * (Double(width) + soft)
            Self.eachPlane(old, new, width, height) { old, new, width, rows, part in
                let weights = (0..<width).map { column in
                    let distance = edge - (Double(column) + 0.5) * Double(part)
                    return UInt16((min(max(distance / soft, 0), 1) * 256).rounded())
                }
                weights.withUnsafeBufferPointer { weights in
                    guard let weights = weights.baseAddress else { return }
                    for row in 0..<rows {
                        Self.blendRow(old + row * width, new + row * width, weights, width)
                    }
                }
            }
        }
    }

    private static func eachPlane(
        _ old: UnsafePointer<UInt8>, _ new: UnsafeMutablePointer<UInt8>, _ width: Int,
        _ height: Int,
        _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>, Int, Int, Int) -> Void
    ) {
        body(old, new, width, height, 1)
        let luma = width * height
        for offset in [luma, luma + luma / 4] {
            body(old + offset, new + offset, width / 2, height / 2, 2)
        }
    }

    private static func blend(
        _ old: UnsafePointer<UInt8>, _ new: UnsafeMutablePointer<UInt8>, _ count: Int,
        _ weight: UInt16
    ) {
        let other = 256 - weight
        for index in 0..<count {
            let value = UInt16(old[index]) &* other &+ UInt16(new[index]) &* weight &+ 128
            new[index] = UInt8(truncatingIfNeeded: value &>> 8)
        }
    }

    private static func blendRow(
        _ old: UnsafePointer<UInt8>, _ new: UnsafeMutablePointer<UInt8>,
        _ weights: UnsafePointer<UInt16>, _ count: Int
    ) {
        for index in 0..<count {
            let weight = weights[index]
            let value =
                UInt16(old[index]) &* (256 &- weight) &+ UInt16(new[index]) &* weight &+ 128
            new[index] = UInt8(truncatingIfNeeded: value &>> 8)
        }
    }
}
