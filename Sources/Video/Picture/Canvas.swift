/// The picture's size and what in it is where. The still of a scene is larger, so that the frame
/// can travel over it.
struct Canvas: Hashable, Sendable {
    /// The video's size.
    var video: PixelSize
    /// What the app covers of the video.
    var covered: EdgeInsets

    /// How much larger than the frame a still is, each way.
    static let margin = 1.15

    /// The canvas for a platform as it is.
    init(_ platform: Platform) {
        video = platform.facts.size
        covered = platform.facts.covered
    }

    /// The canvas for a brief, which may ask for a shape of its own.
    init(_ brief: Brief) {
        self.init(brief.platform)
        let usual = video
        video = brief.size
        // In another shape the app shows it elsewhere, and what it covers there is not known: 5 %.
        let isUsual = usual.orientation == video.orientation
        let size = video
        let across = { (pixels: Int) in
            isUsual ? pixels * size.width / usual.width : size.width / 20
        }
        let down = { (pixels: Int) in
            isUsual ? pixels * size.height / usual.height : size.height / 20
        }
        covered = EdgeInsets(
            top: down(covered.top), bottom: down(covered.bottom), left: across(covered.left),
            right: across(covered.right))
    }

    /// The still's size; both even, for its chroma has half of them.
    var still: PixelSize {
        let larger = { (pixels: Int) in Int((Double(pixels) * Self.margin / 2).rounded()) * 2 }
        return PixelSize(width: larger(video.width), height: larger(video.height))
    }

    /// Where captions are centred: clear of what every one of the upright apps covers, and above
    /// the lower edge of the others.
    var captionCentre: (x: Int, y: Int) {
        (
            video.width / 2,
            video.orientation == .portrait ? video.height * 1340 / 1920 : video.height * 86 / 100
        )
    }

    /// How wide a caption may be, in pixels.
    var captionWidth: Int {
        let side = max(covered.left, covered.right)
        let most = Double(min(video.width, video.height)) * 1400 / 1080
        return min(video.width - 2 * side, Int(most)) - Int(32 * relative)
    }

    /// The size of design elements relative to those of the upright video.
    var scale: Double {
        let shape =
            switch video.orientation {
            case .portrait: 1.0
            case .landscape: 0.86
            case .square: 0.78
            }
        return shape * relative
    }

    /// The shorter side relative to the usual 1080 pixels.
    private var relative: Double { Double(min(video.width, video.height)) / 1080 }

    /// The part of the frame for a heading: clear of the app and of the captions.
    var headingFrame: EdgeInsets {
        let captionTop = captionCentre.y - Int(80 * scale)
        let side = Int(60 * relative)
        return EdgeInsets(
            top: max(covered.top, Int(90 * scale)), bottom: captionTop,
            left: max(covered.left, side) + Int(36 * relative),
            right: video.width - max(covered.right, side))
    }
}
