import Motion

/// Where a video will be shown; decides its shape, what the app draws over it, and what it takes.
public enum Platform: String, Codable, Sendable, CaseIterable {
    case tiktok, instagram, facebook, youtube, square
    case youtubeShorts = "youtube_shorts"

    /// What there is to know about a platform.
    public struct Facts: Hashable, Sendable {
        /// The size of the picture in pixels.
        public var size: PixelSize
        /// Frames a second; 30 everywhere, which all of them take.
        public var frameRate = VideoSettings.frameRate
        /// What the app covers along each edge, in pixels of `size`.
        public var covered: EdgeInsets
        /// How long a video may be there, in seconds.
        public var seconds: ClosedRange<Double>
        /// The most megabits a second the picture may take anywhere, over two seconds.
        public var megabits: Int
    }

    /// The one table of them, as of November 2026. The apps change and the sources differ; of a
    /// range, the figure on the safe side stands here.
    ///
    /// - What is covered: the margins of organic posts in blitzcutai.com's caption-placement guide
    ///   and houseofmarketers.com's quotations of Meta and TikTok, both read in 2026. The others
    ///   cover nothing but a player's controls: 5 % is customary (EBU R 95, graphics safe area).
    /// - How long: TikTok 10 minutes in the app; Instagram 3 s to 15 minutes and Facebook Reels 3
    ///   to 90 s through Meta's publishing API (help.circleboom.com and knowledgebase.recurpost.com,
    ///   quoting it); Shorts 3 minutes since October 2024; YouTube 15 minutes for an account that is
    ///   not verified (support.google.com/youtube, 71673).
    /// - How much: Meta takes 25 Mbit/s at most (ayrshare.com's media guidelines, quoting its API);
    ///   YouTube recommends 8 for 1080p30 (support.google.com/youtube, 1722171) and encodes anew what
    ///   it gets; TikTok publishes nothing, so it gets what YouTube gets.
    public var facts: Facts {
        let upright = PixelSize(width: 1080, height: 1920)
        let meta = EdgeInsets(top: 220, bottom: 450, left: 65, right: 120)
        return switch self {
        case .tiktok:
            Facts(
                size: upright, covered: EdgeInsets(top: 130, bottom: 350, left: 60, right: 164),
                seconds: 3...600, megabits: 8)
        case .instagram: Facts(size: upright, covered: meta, seconds: 3...900, megabits: 25)
        case .facebook: Facts(size: upright, covered: meta, seconds: 3...90, megabits: 25)
        case .youtubeShorts:
            Facts(
                size: upright, covered: EdgeInsets(top: 120, bottom: 480, left: 60, right: 120),
                seconds: 1...180, megabits: 8)
        case .youtube:
            Facts(
                size: PixelSize(width: 1920, height: 1080),
                covered: EdgeInsets(top: 54, bottom: 54, left: 96, right: 96),
                seconds: 1...900, megabits: 8)
        case .square:
            Facts(
                size: PixelSize(width: 1080, height: 1080),
                covered: EdgeInsets(top: 54, bottom: 54, left: 54, right: 54),
                seconds: 3...90, megabits: 8)
        }
    }
}

/// Which way a picture stands.
public enum Orientation: String, Codable, Sendable, CaseIterable {
    /// Higher than wide, wider than high, or neither.
    case portrait, landscape, square
}

/// A width and a height in pixels.
public struct PixelSize: Hashable, Codable, Sendable {
    public var width, height: Int

    /// Makes a size.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Which way it stands.
    public var orientation: Orientation {
        height > width ? .portrait : height < width ? .landscape : .square
    }
}

/// Distances from the edges of a picture, in pixels.
public struct EdgeInsets: Hashable, Sendable {
    public var top, bottom, left, right: Int

    /// Makes insets.
    public init(top: Int, bottom: Int, left: Int, right: Int) {
        self.top = top
        self.bottom = bottom
        self.left = left
        self.right = right
    }
}
