import Glibc

extension Directory {
    /// Runs `body` while nobody else does so with the same directory, in this process or another;
    /// waits for whoever does. For short work only: it blocks the thread. See flock(2).
    public func exclusively<R>(_ body: () throws -> R) throws -> R {
        // A descriptor of its own: the lock belongs to the open file, not to the process.
        let own = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw SystemError("openat", path) }
        defer { close(own) }
        _ = try retryingInterrupts("flock", path) { Int(flock(own, LOCK_EX)) }
        // Not left to close(2): a child that is just being started has a copy of the descriptor.
        defer { flock(own, LOCK_UN) }
        return try body()
    }
}
