import Glibc
import Synchronization

/// Tells the service manager how the daemon is: a datagram to the socket named by
/// `$NOTIFY_SOCKET`, as in sd_notify(3). Without a service manager it does nothing.
///
/// It never waits for a manager that does not read. Signs of life and the status are left out then:
/// the next ones say more. What is said once only is tried again for a while, in order.
///
/// It speaks the protocol itself, which is public and stable, because the library's function
/// takes the socket from the environment alone.
public final class Notifier: Sendable {
    /// How long, and how often, is tried again what a manager that does not read has to hear.
    private static let patience = (time: Duration.seconds(60), pause: Duration.milliseconds(50))

    /// The socket: a path, or an abstract name after `@`; nil if nobody listens.
    private let socketName: String?
    /// What is to be tried again, the first to come first.
    private let late = Mutex<[Notification]>([])

    /// What came of trying once.
    private enum Result {
        case sent
        /// Whoever listens does not read at the moment.
        case full
        /// There is nothing to be done about it.
        case failed
    }

    /// Makes a notifier that sends to `socketName`.
    public init(socketName: String?) {
        self.socketName = socketName
    }

    /// Makes a notifier that sends to where the service manager listens, if there is one.
    public static func fromEnvironment() -> Notifier {
        Notifier(socketName: getenv("NOTIFY_SOCKET").map { String(cString: $0) })
    }

    /// Sends a notification. False if nobody listens or it could not be sent, or not yet; there is nothing
    /// to be done about it then, the manager draws its own conclusions from silence.
    @discardableResult
    public func send(_ notification: Notification) -> Bool {
        let (isSent, isFirst) = late.withLock { late -> (Bool, Bool) in
            switch notification {
            case .watchdog: return (attempt(notification) == .sent, false)
            // One that is late has a status that is older.
            case .status: return (late.isEmpty && attempt(notification) == .sent, false)
            case .ready, .reloading, .stopping, .extendTimeout: break
            }
            let result = late.isEmpty ? attempt(notification) : .full
            if result == .full { late.append(notification) }
            return (result == .sent, late.count == 1)
        }
        if isFirst { Task { await self.sendLate() } }
        return isSent
    }

    /// Sends what is late, until all of it is sent or nobody has read any of it for too long.
    private func sendLate() async {
        let deadline = ContinuousClock.now + Self.patience.time
        while ContinuousClock.now < deadline {
            let isDone = late.withLock { late in
                while let next = late.first, attempt(next) != .full { late.removeFirst() }
                return late.isEmpty
            }
            if isDone { return }
            try? await Task.sleep(for: Self.patience.pause)
        }
        late.withLock { $0 = [] }
    }

    private func attempt(_ notification: Notification) -> Result {
        guard let socketName, let (address, length) = Self.address(of: socketName) else {
            return .failed
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return .failed }
        defer { close(descriptor) }
        let bytes = Array(notification.text.utf8)
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                let target = __CONST_SOCKADDR_ARG(__sockaddr__: generic)
                while true {
                    let sent = sendto(descriptor, bytes, bytes.count, flags, target, length)
                    if sent == bytes.count { return .sent }
                    if sent >= 0 { return .failed }
                    if errno != EINTR { return errno == EAGAIN ? .full : .failed }
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
