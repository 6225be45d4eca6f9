import CLinux
@preconcurrency import Dispatch
import Glibc

/// Tells when something was mounted or unmounted, which a watch on a directory does not say.
///
/// `/proc/self/mountinfo` has an exceptional condition after each change; see proc_pid_mountinfo(5).
/// Dispatch waits for readable files only, and that one always is: hence an epoll between them.
public final class MountWatch: Sendable {
    /// One element for each change, or for several.
    public let changes: AsyncStream<Void>

    private let source: any DispatchSourceRead

    /// Watches the mounts this process sees.
    public init() throws(SystemError) {
        let path = "/proc/self/mountinfo"
        let table = open(path, O_RDONLY | O_CLOEXEC)
        guard table >= 0 else { throw SystemError("open", path) }
        let epoll = clinux_epoll_exceptions(table)
        guard epoll >= 0 else {
            let error = SystemError("epoll_ctl", path)
            close(table)
            throw error
        }
        let (stream, continuation) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        changes = stream
        source = DispatchSource.makeReadSource(
            fileDescriptor: epoll, queue: DispatchQueue(label: "reeld.mounts"))
        source.setEventHandler {
            if clinux_epoll_take(epoll) > 0 { continuation.yield() }
        }
        source.setCancelHandler {
            close(epoll)
            close(table)
            continuation.finish()
        }
        source.resume()
    }

    deinit { source.cancel() }
}
