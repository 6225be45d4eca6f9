import Glibc

/// The three streams a process begins with.
public enum StandardStreams {
    /// Opens `/dev/null` where one is closed, before anything else is opened: it would get that number, and be
    /// written into by all who mean the stream. See open(2).
    public static func fillGaps() {
        while true {
            let opened = open("/dev/null", O_RDWR)
            if opened > STDERR_FILENO { close(opened) }
            guard (0...STDERR_FILENO).contains(opened) else { return }
        }
    }
}
