import Glibc

/// Whether the user of this process is in the group that a directory is for.
public struct Membership: Sendable {
    /// The group's name, or its number where it has none.
    public let group: String
    /// The user's name.
    public let user: String
    /// Whether this process has the group.
    public let isInForce: Bool
    /// Whether the group's list has the user, so that the next login has it.
    public let isListed: Bool

    /// That of a directory; nil if it cannot be looked at.
    public init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let wanted = status.st_gid
        group = UserAccount.groupText(wanted)
        user = UserAccount.name(getuid()) ?? "\(getuid())"
        var count: Int32 = 4096
        var groups = [gid_t](repeating: 0, count: Int(count))
        let own = getgroups(count, &groups)
        isInForce = getegid() == wanted || groups.prefix(Int(max(0, own))).contains(wanted)
        let isKnown = getgrouplist(user, getgid(), &groups, &count) >= 0
        isListed = isKnown && groups.prefix(Int(count)).contains(wanted)
    }

    /// What the user can do to get in, as a sentence; nil if being in the group is not what is missing.
    public var advice: String? {
        if isInForce { return nil }
        if isListed {
            return "You are in its group \(group) since after you logged in: log in anew"
        }
        return "Its group is \(group): 'sudo usermod -a -G \(group) \(user)', then log in anew"
    }
}
