/// How long and how many the parts of a job spec may be, in Unicode scalars where it is text.
/// `Config/job.schema.json` says the same.
enum BriefLimits {
    static let topic = 1...500
    static let category = 1...60
    static let language = 2...35
    static let duration = 5.0...180.0
    static let priority = -100...100

    /// The hook and the call to action: a sentence each, spoken.
    static let sentence = 1...500
    /// The tone and the audience: a few words for a provider that writes.
    static let remark = 1...200

    static let keyPoints = 1...40
    static let keyPoint = 1...500

    /// A script that is one text: three minutes of speech have some 3,000 characters.
    static let script = 1...20_000
    static let scenes = 1...60
    static let heading = 1...120
    static let narration = 1...2000

    static let variants = 1...5
    static let palette = 2...5
    static let images = 1...60
    /// A side of the picture in pixels, and how many times the other it may be.
    static let side = 240...2560
    static let longestShape = 3
    /// A path has to fit into PATH_MAX with its NUL; these are bytes.
    static let path = 1...4095

    static let id = 1...128

    static let labels = 0...64
    static let labelKey = 1...64
    static let labelValue = 0...1024
}
