import Glibc

/// Who this process acts for.
public enum Privileges {
    /// Makes a process of the superuser one of this user and group, for good: what it makes from now on belongs
    /// to those who work there every day. Nothing changes for anybody else. See setuid(2), setgroups(2).
    public static func become(_ user: UInt32, _ group: UInt32, at path: String) throws(SystemError)
    {
        guard geteuid() == 0, user != 0 else { return }
        guard setgroups(0, nil) == 0 else { throw SystemError("setgroups", path) }
        guard setgid(group) == 0 else { throw SystemError("setgid", path) }
        guard setuid(user) == 0 else { throw SystemError("setuid", path) }
    }
}
