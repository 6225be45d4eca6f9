import Glibc
import Synchronization

/// Waits until something happens in any of several directories, for a program that has nothing else
/// to do meanwhile. See inotify(7). Where that cannot be told, as when there are too many watches
/// already, each wait is a short one.
public final class DirectoryChanges: Sendable {
    private let number: Int32
    private let isBlind: Mutex<Bool>

    /// How long a wait is where nothing is told.
    private static let shortWait: Duration = .milliseconds(500)

    /// Waits for what happens in these directories.
    public init(_ directories: [Directory]) {
        number = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        isBlind = Mutex(number < 0)
        for directory in directories { add(directory) }
    }

    deinit { if number >= 0 { close(number) } }

    /// Waits for what happens in this directory too. Adding one again changes nothing.
    public func add(_ directory: Directory) {
        let events = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR
        let place = "/proc/self/fd/\(directory.number)"
        if inotify_add_watch(number, place, UInt32(events)) < 0 { isBlind.withLock { $0 = true } }
    }

    /// Returns when something has happened since the last call, or at the latest after `patience`.
    public func wait(atMost patience: Duration) {
        let patience = isBlind.withLock { $0 } ? min(patience, Self.shortWait) : patience
        // A negative descriptor is passed over; see poll(2).
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        // Rounded up, so that what is left of a patience is not spent turning round.
        let milliseconds = Int32(clamping: Int(max(.zero, patience) / .milliseconds(1)) + 1)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        var events = [UInt8](repeating: 0, count: 65_536)
        while read(number, &events, events.count) > 0 {}
    }
}
