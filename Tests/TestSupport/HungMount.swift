import Glibc

/// A FUSE file system behind which there is no program: whatever is asked of it waits for ever, as at a
/// file server that has gone away. Gone with the value, when those who wait get an error.
public final class HungMount: Sendable {
    /// Where it is mounted.
    public var path: String { directory.path }
    private let directory = TemporaryDirectory()
    private let device: Int32

    /// Mounts it; nil where that is not allowed. See fuse(4).
    public init?() {
        device = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        guard device >= 0 else { return nil }
        let options = "fd=\(device),rootmode=40000,user_id=0,group_id=0,allow_other"
        let flags = UInt(MS_NOSUID | MS_NODEV)
        guard mount("nobody", directory.path, "fuse", flags, options) == 0 else {
            close(device)
            return nil
        }
    }

    /// Whether one can be had.
    public static var isPossible: Bool { HungMount() != nil }

    /// Why a test is skipped where none can be had.
    public static let skip = "a FUSE file system has to be mounted, which takes root and /dev/fuse"

    deinit {
        // Without asking it, which would wait.
        umount2(path, Int32(MNT_DETACH))
        // Nobody will answer any more: all that waits is told so.
        close(device)
    }
}
