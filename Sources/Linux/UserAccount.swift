import Glibc

/// A user of this machine, for people to read.
public enum UserAccount {
    /// `alice (user 1000)`, or `user 1000` where no name is known. See getpwuid_r(3).
    public static func text(_ user: UInt32) -> String {
        var account = passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(user, &account, &buffer, buffer.count, &found) == 0, found != nil,
            let name = account.pw_name
        else { return "user \(user)" }
        return "\(String(cString: name)) (user \(user))"
    }
}
