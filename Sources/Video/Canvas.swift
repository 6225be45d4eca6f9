/// The still picture of a scene is larger than the video, so that the video can travel over it.
struct Canvas: Hashable, Sendable {
    /// The video's size.
    var video: PixelSize
    /// How far the video can travel over the still, in pixels.
    var travel: Int
    /// Whether it travels sideways; else up and down.
    var sideways: Bool
    /// What the app covers of the video.
    var covered: EdgeInsets

    /// The canvas for a platform. 288 pixels are 144 frames, 4.8 s, at two pixels a frame.
    init(_ platform: Platform) {
        video = platform.size
        covered = platform.covered
        sideways = video.width > video.height
        travel = video.width == video.height ? 144 : 288
    }

    /// The still's size.
    var still: PixelSize {
        PixelSize(
            width: video.width + (sideways ? travel : 0),
            height: video.height + (sideways ? 0 : travel))
    }

    /// Where captions are centred: clear of what every one of the upright apps covers, and above
    /// the lower edge of the others.
    var captionCentre: (x: Int, y: Int) {
        (video.width / 2, video.height > video.width ? 1340 : video.height * 86 / 100)
    }

    /// How wide a caption may be, in pixels.
    var captionWidth: Int {
        let side = max(covered.left, covered.right)
        return min(video.width - 2 * side, 1400) - 32
    }

    /// The size of design elements relative to those of the upright video.
    var scale: Double { video.height > video.width ? 1 : video.width > video.height ? 0.86 : 0.78 }

    /// The part of the still where the heading is in view however far the video has travelled,
    /// clear of the app and of the captions.
    var headingArea: EdgeInsets {
        let x = sideways ? travel : 0
        let y = sideways ? 0 : travel
        let captionTop = captionCentre.y - Int(80 * scale)
        return EdgeInsets(
            top: y + max(covered.top, Int(90 * scale)), bottom: captionTop,
            left: x + max(covered.left, 60) + 36,
            right: still.width - x - max(covered.right, 60))
    }
}

/// How the video travels over a still: evenly, in whole pixels, so that nothing shivers.
struct Pan: Hashable, Sendable {
    /// Steps of `pixels` every `every` frames.
    var pixels, every: Int
    /// The first position and the whole way, in pixels.
    var start, way: Int
    /// Whether it goes from the far end back.
    var backward: Bool

    /// The fastest pan for so many frames that stays on the canvas, its way in the middle.
    ///
    /// Two pixels a frame keep to the grid of 4:2:0 colour and cost least; slower ones have to be
    /// cut out of 4:4:4.
    init(frames: Int, travel: Int, backward: Bool) {
        let steps = max(frames - 1, 1)
        let fast = travel >= 2 * 96 && steps * 2 <= travel
        pixels = fast ? 2 : 1
        every = fast ? 1 : max(1, (steps + travel - 1) / travel)
        way = steps / every * pixels
        start = (travel - way) / 2 / 2 * 2
        self.backward = backward
    }

    /// Whether it keeps to the grid of 4:2:0 colour.
    var keepsToGrid: Bool { pixels % 2 == 0 }

    /// The position at a frame.
    func position(at frame: Int) -> Int {
        let done = frame / every * pixels
        return backward ? start + way - done : start + done
    }

    /// The position as an expression of ffmpeg's crop filter, for frames counted from `first`.
    func expression(from first: Int) -> String {
        let frame = first == 0 ? "n" : "(n+\(first))"
        let done = every == 1 ? "\(pixels)*\(frame)" : "floor(\(frame)/\(every))*\(pixels)"
        return backward ? "\(start + way)-\(done)" : "\(start)+\(done)"
    }
}
