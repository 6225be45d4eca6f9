import Core
import Linux

/// Whether another job may be claimed: a pure value that is told how much room there is.
///
/// So that free space that comes and goes by a little does not open and close it again and again, it
/// opens only when a little more is free than the reserve.
public struct Admission: Sendable {
    /// What is to be left free.
    public struct Reserve: Hashable, Sendable {
        /// Bytes.
        public var bytes: Int
        /// How many files could still be made.
        public var files: Int

        /// Makes a reserve.
        public init(bytes: Int, files: Int) {
            self.bytes = bytes
            self.files = files
        }
    }

    /// What came of a look.
    public enum Change: Hashable, Sendable {
        /// No job may be claimed any more.
        case closed(Failure)
        /// Jobs may be claimed again.
        case opened
    }

    /// Why no job may be claimed; nil while one may.
    public private(set) var refusal: Failure?

    /// Lets jobs in.
    public init() {}

    /// Notes how much room there is on the file system of `root`; says what changed by that.
    public mutating func note(
        _ room: FileSystemRoom, _ reserve: Reserve, root: String
    ) -> Change? {
        let wasClosed = refusal != nil
        refusal = Self.shortage(room, reserve, root, slack: wasClosed ? 20 : .max)
        switch (wasClosed, refusal) {
        case (false, let failure?): return .closed(failure)
        case (true, nil): return .opened
        default: return nil
        }
    }

    /// Why there is too little room, a part in `slack` on top of the reserve.
    private static func shortage(
        _ room: FileSystemRoom, _ reserve: Reserve, _ root: String, slack: Int
    ) -> Failure? {
        let cause: String
        if room.bytes < reserve.bytes + reserve.bytes / slack {
            cause =
                "\(ByteCount(room.bytes)) are free and \(ByteCount(reserve.bytes)) are to be kept"
        } else if let files = room.files, files < reserve.files + reserve.files / slack {
            cause = "\(files) more files can be made and \(reserve.files) are to be kept"
        } else {
            return nil
        }
        return Failure(
            .transient, code: "disk_reserve", operation: "claim jobs under", subject: root,
            cause: cause,
            hint: "Free some space, or lower the reserve under 'disk' in the configuration")
    }
}
