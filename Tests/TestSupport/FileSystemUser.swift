import Glibc

/// Who the calling thread is to the file system. Root may read everything, which is no way to
/// test what others may not.
public enum FileSystemUser {
    /// The user and group that own nothing.
    public static let nobody: UInt32 = 65_534

    /// Runs `body` as `nobody`, on this thread alone: nothing else in the process notices, so
    /// `body` must not leave it. Only root can. See setfsuid(2), which the overlay does not reach.
    public static func asNobody<R>(_ body: () throws -> R) rethrows -> R {
        try asUser(nobody, body)
    }

    /// The same as another user.
    public static func asUser<R>(_ user: UInt32, _ body: () throws -> R) rethrows -> R {
        set(user)
        defer { set(0) }
        return try body()
    }

    private static func set(_ user: UInt32) {
        typealias Call = @convention(c) (UInt32) -> Int32
        guard let symbol = dlsym(nil, "setfsuid") else { return }
        _ = unsafeBitCast(symbol, to: Call.self)(user)
    }
}
