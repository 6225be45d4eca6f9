import Glibc

/// The service manager's end of `$NOTIFY_SOCKET`: a datagram socket bound in a directory of its
/// own.
public final class DatagramReceiver: Sendable {
    /// The socket's path.
    public let path: String
    private let directory = TemporaryDirectory()
    private let descriptor: Int32

    /// Binds it.
    public init() {
        path = directory.path + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let socket = descriptor
        let bound = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, __CONST_SOCKADDR_ARG(__sockaddr__: generic), size)
            }
        }
        precondition(bound == 0, "bind \(path) failed")
    }

    deinit { close(descriptor) }

    /// The next datagram that has arrived, or nil if there is none.
    public func next() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
