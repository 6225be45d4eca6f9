import CLinux
@preconcurrency import Dispatch
import Glibc

/// Signals as a stream, in place of their default actions.
public enum Signals {
    /// The signals of the numbers given, as they come. Several of one kind that arrive together
    /// may be one, as always with signals. To be called once for a signal, and early.
    ///
    /// By a handler and a pipe (the self-pipe trick), not by a Dispatch signal source: that one
    /// raises a signal again until the main thread, which waits in sigsuspend(2), happens not to
    /// be the one that gets it, and now and then the signal is lost.
    public static func stream(of numbers: [Int32]) throws(SystemError) -> AsyncStream<Int32> {
        let (reader, writer) = try pipe()
        let (stream, continuation) = AsyncStream<Int32>.makeStream()
        let source = DispatchSource.makeReadSource(
            fileDescriptor: reader, queue: DispatchQueue(label: "reeld.signals"))
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(reader, &bytes, bytes.count)
            for byte in bytes.prefix(max(0, count)) { continuation.yield(Int32(byte)) }
        }
        continuation.onTermination = { _ in source.cancel() }
        source.resume()
        for number in numbers { try handle(number, writer) }
        return stream
    }

    /// Performs `body` on a thread of its own, at once and then after signals of one kind, with a pause
    /// between: however many come, it costs little. To be called once for a signal.
    static func perform(
        after number: Int32, pause: Duration, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let (reader, writer) = try pipe()
        clinux_set_nonblocking(reader, 0)
        try handle(number, writer)
        let microseconds = useconds_t(pause / .microseconds(1))
        let starts = DetachedThread.start {
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                body()
                usleep(microseconds)
                _ = read(reader, &bytes, bytes.count)
            }
        }
        guard starts else { throw SystemError("pthread_create", "", errno: EAGAIN) }
    }

    /// The two ends of a pipe, which stay open for good: the handlers do.
    private static func pipe() throws(SystemError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { throw SystemError("pipe2", "") }
        return (ends[0], ends[1])
    }

    private static func handle(_ number: Int32, _ writer: Int32) throws(SystemError) {
        guard clinux_write_on_signal(number, writer) == 0 else {
            throw SystemError("sigaction", "signal \(number)")
        }
    }

    /// Ignores signals that must not end the daemon: SIGPIPE from a reader that went away, SIGIO
    /// from a lease that somebody broke.
    public static func ignoreHarmless() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGIO, SIG_IGN)
    }
}
