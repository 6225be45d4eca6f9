/// How captions are drawn into the picture. They are in files beside it in any case.
public enum CaptionStyle: String, Codable, Sendable, CaseIterable {
    /// Two or three words at a time in capitals, the spoken one in the accent's colour.
    case karaoke
    /// Up to two lines as they are written, one after another.
    case line
    /// Not at all.
    case none
}
