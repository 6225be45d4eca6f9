import CLinux

/// The file systems on which others than this machine's processes make files: nothing is announced
/// of that here, so their directories have to be looked at. See inotify(7), "Limitations".
enum SharedFileSystem {
    /// Names by the type that statfs(2) gives. The numbers are those of linux/magic.h, and for
    /// file systems outside the kernel those of coreutils' src/stat.c, by which tail(1) decides
    /// the same. Left out, although there: overlayfs, whose upper layer is this machine's.
    static let names: [UInt64: String] = [
        0x6969: "NFS",
        0x517B: "SMB", 0xFE53_4D42: "SMB", 0xFF53_4D42: "CIFS",
        0x6573_5546: "FUSE",
        0x0102_1997: "9p",
        0x00C3_6400: "Ceph",
        0x5346_414F: "AFS", 0x6B41_4653: "AFS",
        0x7375_7245: "Coda",
        0x564C: "NCP",
        0x00C0_FFEE: "hostfs",
        0x0116_1970: "GFS2",
        0x7461_636F: "OCFS2",
        0x0BD0_0BD0: "Lustre",
        0x4750_4653: "GPFS",
        0xAAD7_AAEA: "PanFS",
        0x1983_0326: "BeeGFS",
        0x0131_11A8: "Ibrix",
        0xBEEF_DEAD: "StorNext",
        0x6163_6673: "ACFS",
        0xA501_FCF5: "VxFS",
        0xBACB_ACBC: "vmhgfs",
        0x7C7C_6673: "prl_fs",
        0x786F_4256: "vboxsf",
        0x2003_0528: "OrangeFS",
    ]
}

extension Directory {
    /// The name of the directory's file system, if it is one on which others than this machine's
    /// processes make files.
    public var sharedFileSystem: String? {
        fileSystemType.flatMap { SharedFileSystem.names[$0] }
    }

    /// The type of its file system. See statfs(2).
    var fileSystemType: UInt64? {
        var type: UInt64 = 0
        return clinux_file_system_type(number, &type) == 0 ? type : nil
    }
}
