import Core
import Linux

/// Decides whether a directory that is polled has to be listed again. A pure function of what was
/// seen of it.
///
/// A name that comes or goes changes the directory's times. A change within the same tick of the
/// file system's clock does not show, so a listing counts for good only if it was made a while
/// after the times were first seen as they are.
public struct ListingRule {
    /// No file system's tick is longer: the two seconds of FAT.
    static let longestTick: Duration = .seconds(2)

    private var times: [Double] = []
    private var since: ContinuousClock.Instant
    private var isListed = false

    /// Makes the rule for a directory of which nothing is known.
    public init(at instant: ContinuousClock.Instant = .now) { since = instant }

    /// Whether to list it now, which is taken for done. `status` is the directory's own, from
    /// before the listing.
    public mutating func isDue(_ status: FileStatus, at instant: ContinuousClock.Instant) -> Bool {
        if times != [status.modified, status.changed] {
            times = [status.modified, status.changed]
            (since, isListed) = (instant, false)
        }
        defer { isListed = isListed || instant - since > Self.longestTick }
        return !isListed
    }
}
