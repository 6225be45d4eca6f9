import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite struct SharedFileSystemTests {
    /// The numbers are those that statfs(2) lists.
    @Test(
        arguments: [
            (0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (0xFE53_4D42, "SMB"), (0x6573_5546, "FUSE"),
            (0x0102_1997, "9p"), (0x00C3_6400, "Ceph"),
            // ext4, XFS, btrfs, tmpfs, overlayfs
            (0xEF53, nil), (0x5846_5342, nil), (0x9123_683E, nil), (0x0102_1994, nil),
            (0x794C_7630, nil),
        ] as [(UInt64, String?)])
    func knowsThoseThatDoNotTellAll(_ type: UInt64, _ name: String?) {
        #expect(SharedFileSystem.names[type] == name)
    }

    @Test func asksTheKernelForTheType() throws {
        #expect(try Directory(path: "/proc").fileSystemType == 0x9FA0)
        #expect(try Directory(path: "/proc").sharedFileSystem == nil)
    }
}
