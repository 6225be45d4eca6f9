import Glibc

/// A user of this machine, for people to read.
public enum UserAccount {
    /// `alice (user 1000)`, or `user 1000` where no name is known.
    public static func text(_ user: UInt32) -> String {
        name(user).map { "\($0) (user \(user))" } ?? "user \(user)"
    }

    /// The name of a user; nil where none is known. See getpwuid_r(3).
    public static func name(_ user: UInt32) -> String? {
        var account = passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(user, &account, &buffer, buffer.count, &found) == 0, found != nil,
            let name = account.pw_name
        else { return nil }
        return String(cString: name)
    }

    /// The name of a group, or its number where no name is known. See getgrgid_r(3).
    public static func groupText(_ group: UInt32) -> String {
        var entry = Glibc.group()
        var buffer = [CChar](repeating: 0, count: 65_536)
        var found: UnsafeMutablePointer<Glibc.group>?
        guard getgrgid_r(group, &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let name = entry.gr_name
        else { return "\(group)" }
        return String(cString: name)
    }
}
