import Glibc

/// Tells the service manager how the daemon is: a datagram to the socket named by
/// `$NOTIFY_SOCKET`, as in sd_notify(3). Without a service manager it does nothing.
///
/// It speaks the protocol itself, which is public and stable, because the library's function
/// takes the socket from the environment alone.
public struct Notifier: Sendable {
    /// The socket: a path, or an abstract name after `@`; nil if nobody listens.
    private let socketName: String?

    /// Makes a notifier that sends to `socketName`.
    public init(socketName: String?) {
        self.socketName = socketName
    }

    /// Makes a notifier that sends to where the service manager listens, if there is one.
    public static func fromEnvironment() -> Notifier {
        Notifier(socketName: getenv("NOTIFY_SOCKET").map { String(cString: $0) })
    }

    /// Sends a notification. False if nobody listens or it could not be sent; there is nothing to
    /// be done about it then, the manager draws its own conclusions from silence.
    @discardableResult
    public func send(_ notification: Notification) -> Bool {
        guard let socketName, let (address, length) = Self.address(of: socketName) else {
            return false
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // A manager that does not read must not hold up the daemon for good.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(notification.text.utf8)
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                let target = __CONST_SOCKADDR_ARG(__sockaddr__: generic)
                while true {
                    let sent = sendto(
                        descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), target, length)
                    if sent >= 0 || errno != EINTR { return sent == bytes.count }
                }
            }
        }
    }

    /// The address of a socket by its name, see unix(7); nil if it is none or too long.
    private static func address(of name: String) -> (sockaddr_un, socklen_t)? {
        var bytes = Array(name.utf8)
        var address = sockaddr_un()
        guard let first = bytes.first, bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        switch first {
        case UInt8(ascii: "/"): bytes.append(0)
        // In the abstract namespace a name begins with a NUL and ends with the address.
        case UInt8(ascii: "@"): bytes[0] = 0
        default: return nil
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let prefix = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 0
        return (address, socklen_t(prefix + bytes.count))
    }
}
