import Motion

/// Which way the frame travels over the still of a scene. Every scene moves, and neighbours move
/// in different ways.
struct Route: Hashable, Sendable {
    /// Where it begins and ends, if there is time for all of it.
    let start, end: Window
    private let still, video: PixelSize

    /// How many frames the whole way takes; the way is shorter for a scene that is. It is about
    /// a pixel a frame at the edges of an upright video, and less elsewhere.
    private static let wholeWay = 150
    /// From so many frames on it goes there and back, each way taking about as many as `leg`:
    /// slower, the picture would seem to stand.
    private static let longest = 300
    private static let leg = 200

    /// The route of the `index`-th scene.
    init(_ canvas: Canvas, index: Int, seed: UInt64) {
        still = canvas.still
        video = canvas.video
        let across = Double(still.width - video.width)
        let down = Double(still.height - video.height)
        let whole = Window(x: 0, y: 0, width: Double(still.width))
        /// A window of the frame's own size, by parts of the way there is.
        let near = { (x: Double, y: Double) in
            Window(x: across * x, y: down * y, width: Double(canvas.video.width))
        }
        let left = near(0.2, 0.5)
        let right = near(0.8, 0.5)
        let upper = near(0.5, 0.25)
        let lower = near(0.5, 0.75)
        (start, end) =
            switch (Int(seed % 6) + index) % 6 {
            case 0: (whole, near(0.5, 0.5))
            case 1: (right, left)
            case 2: (near(0.5, 0.5), whole)
            case 3: (lower, upper)
            case 4: (whole, near(0.3, 0.4))
            default: (upper, lower)
            }
    }

    /// The journey of so many frames.
    func journey(frames: Int) -> Journey {
        guard frames <= Self.longest else {
            let legs = Int((Double(frames) / Double(Self.leg)).rounded())
            return Journey(from: start, to: end, pace: .swing(legs: legs), frames: frames)
        }
        let part = min(1, Double(frames) / Double(Self.wholeWay))
        let turn = Window(
            x: start.x + (end.x - start.x) * part, y: start.y + (end.y - start.y) * part,
            width: start.width + (end.width - start.width) * part)
        return Journey(from: start, to: turn, frames: frames)
    }

    /// The part of the still that lies within `frame`, a part of the frame, all the way.
    ///
    /// A point's place in the frame goes evenly from one end to the other or, as the size of the
    /// window changes, in a hyperbola: either way it is between its places at the two ends.
    func area(within frame: EdgeInsets) -> EdgeInsets {
        func place(_ pixels: Int, _ offset: KeyPath<Window, Double>) -> (Double, Double) {
            let at = { (window: Window) in
                window[keyPath: offset] + Double(pixels) * window.width / Double(video.width)
            }
            return (at(start), at(end))
        }
        let (top, bottom) = (place(frame.top, \.y), place(frame.bottom, \.y))
        let (left, right) = (place(frame.left, \.x), place(frame.right, \.x))
        return EdgeInsets(
            top: Int(max(top.0, top.1).rounded(.up)), bottom: Int(min(bottom.0, bottom.1)),
            left: Int(max(left.0, left.1).rounded(.up)), right: Int(min(right.0, right.1)))
    }
}
