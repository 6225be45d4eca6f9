@preconcurrency import Dispatch
import Glibc

/// Tells when something was mounted or unmounted, which a watch on a directory does not say.
///
/// `/proc/self/mountinfo` has an exceptional condition after each change, which poll(2) tells once;
/// see proc_pid_mountinfo(5). A thread waits for it, since an event loop that asks for it twice
/// before it tells may lose one.
public final class MountWatch: Sendable {
    /// One element for each change, or for several.
    public let changes: AsyncStream<Void>

    /// Closed to end the thread.
    private let stop: Int32

    /// Watches the mounts this process sees.
    public init() throws(SystemError) {
        let path = "/proc/self/mountinfo"
        let table = open(path, O_RDONLY | O_CLOEXEC)
        guard table >= 0 else { throw SystemError("open", path) }
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else {
            let error = SystemError("pipe2", "")
            close(table)
            throw error
        }
        let stopped = ends[0]
        stop = ends[1]
        let (stream, continuation) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        changes = stream
        DispatchQueue(label: "reeld.mounts").async {
            var files = [
                pollfd(fd: table, events: Int16(POLLPRI), revents: 0),
                pollfd(fd: stopped, events: 0, revents: 0),
            ]
            while true {
                let count = poll(&files, 2, -1)
                if count < 0 ? errno != EINTR : files[1].revents != 0 { break }
                if count > 0 { continuation.yield() }
            }
            close(table)
            close(stopped)
            continuation.finish()
        }
    }

    deinit { close(stop) }
}
