#if canImport(Glibc)
    import Glibc
#endif

/// The part of a still that fills the frame, in pixels of the still; its height follows from the
/// frame's shape.
public struct Window: Hashable, Sendable {
    /// The upper left corner.
    public var x, y: Double
    /// How much of the still is seen from side to side.
    public var width: Double

    /// Makes a window.
    public init(x: Double, y: Double, width: Double) {
        self.x = x
        self.y = y
        self.width = width
    }

    /// The window between this one and `other`.
    func mixed(with other: Window, _ part: Double) -> Window {
        Window(
            x: x + (other.x - x) * part, y: y + (other.y - y) * part,
            width: width + (other.width - width) * part)
    }
}

/// How the frame travels over a still: from one window to another, so that it seems to come
/// closer, to back off or to pass by.
public struct Journey: Hashable, Sendable {
    /// How the way is divided among the frames.
    public enum Pace: Hashable, Sendable {
        /// Evenly.
        case linear
        /// There and back so many times in all, slowest at the turns: half a cosine each way.
        case swing(legs: Int)
    }

    /// Where it begins and where it turns or ends.
    public var start, end: Window
    /// How it goes.
    public var pace: Pace
    /// How many frames it takes, at least 1.
    public var frames: Int

    /// Makes a journey.
    public init(from start: Window, to end: Window, pace: Pace = .linear, frames: Int) {
        self.start = start
        self.end = end
        self.pace = pace
        self.frames = frames
    }

    /// What is seen at a frame, counted from 0.
    public func window(at frame: Int) -> Window {
        guard frames > 1 else { return start }
        let time = Double(frame) / Double(frames - 1)
        switch pace {
        case .linear: return start.mixed(with: end, time)
        case .swing(let legs):
            return start.mixed(with: end, (1 - cos(.pi * Double(legs) * time)) / 2)
        }
    }
}
