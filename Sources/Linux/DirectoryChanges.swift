import Glibc

/// Waits until something happens in any of several directories, for a program that has nothing else
/// to do meanwhile. See inotify(7).
public final class DirectoryChanges: Sendable {
    private let number: Int32

    /// Waits for nothing yet.
    public init() throws(SystemError) {
        number = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard number >= 0 else { throw SystemError("inotify_init1", "") }
    }

    deinit { close(number) }

    /// Waits for what happens in this directory too. Adding one again changes nothing.
    public func add(_ directory: Directory) throws(SystemError) {
        let events = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR
        let place = "/proc/self/fd/\(directory.number)"
        guard inotify_add_watch(number, place, UInt32(events)) >= 0 else {
            throw SystemError("inotify_add_watch", directory.path)
        }
    }

    /// Returns when something has happened since the last call, or at the latest after `patience`.
    public func wait(atMost patience: Duration) {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        // Rounded up, so that what is left of a patience is not spent turning round.
        let milliseconds = Int32(clamping: Int(max(.zero, patience) / .milliseconds(1)) + 1)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        var events = [UInt8](repeating: 0, count: 65_536)
        while read(number, &events, events.count) > 0 {}
    }
}
