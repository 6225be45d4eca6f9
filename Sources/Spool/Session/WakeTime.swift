import Core
import Linux

/// When a parked job is due: when its record says, unless an operator has set another time on the job's file.
///
/// A restore may have copied the file without its times, which is no wish of anybody's: so on another file than the
/// one that was parked the record counts alone.
public struct WakeTime: Hashable, Sendable {
    /// When it is due.
    public let moment: Timestamp
    /// Whether the file is a copy that does not have that time.
    public let isLost: Bool

    /// Decides by what is on record of the parking, if anything is, and the job's file.
    public init(_ parking: SessionRecord.Parking?, _ file: FileStatus) {
        let set = Timestamp(secondsSince1970: file.modified)
        guard let parking, let inode = parking.inode, set != parking.until,
            inode != Int(truncatingIfNeeded: file.identity.inode)
        else {
            moment = set
            isLost = false
            return
        }
        moment = parking.until
        isLost = true
    }
}
