import Glibc

/// Who this process acts for.
public enum Privileges {
    /// Makes a process of the superuser one of the directory's owner, for good: what it makes there
    /// from now on belongs to those who work there every day. Nothing changes for anybody else.
    /// See setuid(2), setgroups(2).
    public static func become(ownerOf directory: Directory) throws(SystemError) {
        var status = stat()
        guard fstat(directory.number, &status) == 0 else {
            throw SystemError("fstat", directory.path)
        }
        guard geteuid() == 0, status.st_uid != 0 else { return }
        guard setgroups(0, nil) == 0 else { throw SystemError("setgroups", directory.path) }
        guard setgid(status.st_gid) == 0 else { throw SystemError("setgid", directory.path) }
        guard setuid(status.st_uid) == 0 else { throw SystemError("setuid", directory.path) }
    }
}
