/// A scene's frames: a still in motion, at its beginning the transition from the scene before,
/// whose still goes on moving meanwhile.
public struct Film: Hashable, Sendable {
    /// A still's file and the journey over it.
    public struct Shot: Hashable, Sendable {
        /// The path of a file that `Still(yuv4mpeg:)` reads.
        public var still: String
        /// How the frame travels over it.
        public var journey: Journey

        /// Makes a shot.
        public init(still: String, journey: Journey) {
            self.still = still
            self.journey = journey
        }
    }

    /// How a scene begins.
    public struct Opening: Hashable, Sendable {
        /// What it looks like; never `none`.
        public var transition: Transition
        /// How many frames it takes.
        public var frames: Int
        /// The scene before.
        public var shot: Shot
        /// The frame of the scene before that the first one shows.
        public var firstFrame: Int

        /// Makes an opening.
        public init(_ transition: Transition, frames: Int, from shot: Shot, at firstFrame: Int) {
            self.transition = transition
            self.frames = frames
            self.shot = shot
            self.firstFrame = firstFrame
        }
    }

    /// The size of the frames in pixels, both even.
    public var width, height: Int
    /// How many there are.
    public var frames: Int
    /// The scene.
    public var shot: Shot
    /// Its beginning; nil if it begins at once.
    public var opening: Opening?

    /// Makes a film.
    public init(
        width: Int, height: Int, frames: Int, shot: Shot, opening: Opening? = nil
    ) {
        self.width = width
        self.height = height
        self.frames = frames
        self.shot = shot
        self.opening = opening
    }
}

/// Draws a film's frames, one at a time into the same buffer.
public struct Projector {
    private let film: Film
    private let still: Still
    private let before: Still?
    private var resampler: Resampler
    private var frame: [UInt8]
    private var other: [UInt8]

    /// - Parameters:
    ///   - still: the still of the film's shot.
    ///   - before: that of its opening, if it has one.
    public init(_ film: Film, still: Still, before: Still? = nil) {
        self.film = film
        self.still = still
        self.before = before
        resampler = Resampler(width: film.width, height: film.height)
        frame = Array(repeating: 0, count: film.width * film.height * 3 / 2)
        other = before == nil ? [] : frame
    }

    /// Draws a frame, counted from 0, and hands its planes to `body`.
    public mutating func draw<R>(
        _ number: Int, _ body: (UnsafeRawBufferPointer) throws -> R
    ) rethrows -> R {
        frame.withUnsafeMutableBufferPointer {
            resampler.draw(still, film.shot.journey.window(at: number), into: $0)
        }
        if let opening = film.opening, let before, number < opening.frames {
            let window = opening.shot.journey.window(at: opening.firstFrame + number)
            let progress = Double(number + 1) / Double(opening.frames + 1)
            other.withUnsafeMutableBufferPointer { other in
                resampler.draw(before, window, into: other)
                frame.withUnsafeMutableBufferPointer { frame in
                    opening.transition.mix(
                        UnsafeBufferPointer(other), into: frame, width: film.width,
                        height: film.height, progress: progress)
                }
            }
        }
        return try frame.withUnsafeBytes(body)
    }
}
