/// Where a video will be shown; decides its shape and what the app draws over it.
public enum Platform: String, Codable, Sendable, CaseIterable {
    case tiktok, instagram, facebook, youtube, square
    case youtubeShorts = "youtube_shorts"

    /// The size of the picture in pixels.
    public var size: PixelSize {
        switch self {
        case .tiktok, .instagram, .facebook, .youtubeShorts: PixelSize(width: 1080, height: 1920)
        case .youtube: PixelSize(width: 1920, height: 1080)
        case .square: PixelSize(width: 1080, height: 1080)
        }
    }

    /// What the app covers along each edge, in pixels of `size`.
    ///
    /// For the upright ones these are the margins of organic posts in blitzcutai.com's
    /// caption-placement guide and houseofmarketers.com's quotations of Meta and TikTok, both read
    /// in 2026. The sources differ and the apps change; where they give a range, the larger
    /// figure stands here. The others cover nothing but a player's controls: 5 % is customary
    /// (EBU R 95, graphics safe area).
    public var covered: EdgeInsets {
        switch self {
        case .tiktok: EdgeInsets(top: 130, bottom: 350, left: 60, right: 164)
        case .instagram, .facebook: EdgeInsets(top: 220, bottom: 450, left: 65, right: 120)
        case .youtubeShorts: EdgeInsets(top: 120, bottom: 480, left: 60, right: 120)
        case .youtube: EdgeInsets(top: 54, bottom: 54, left: 96, right: 96)
        case .square: EdgeInsets(top: 54, bottom: 54, left: 54, right: 54)
        }
    }
}

/// A width and a height in pixels.
public struct PixelSize: Hashable, Codable, Sendable {
    public var width, height: Int

    /// Makes a size.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
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
