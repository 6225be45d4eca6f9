import Core
import Glibc
import Linux
import Spool

/// Where the configuration comes from: a file, and what the command line puts over it.
public struct ConfigurationFile: Sendable {
    /// Where `make install` puts it.
    public static let standardPath = "/etc/reeld/reeld.json5"

    /// The file that is read.
    public var name: String { path ?? Self.standardPath }

    private let path: String?
    private let root: String?

    /// Reads `path`, or the standard path if it is nil; `root` goes before what the file says.
    public init(path: String?, root: String?) {
        self.path = path
        self.root = root
    }

    /// The most bytes it may have.
    private static let largest = 1 << 20

    /// Reads it. A file that was named must be there; without the standard one, all has its
    /// default. Nothing is waited for: a FIFO, whose writer may never come, is refused.
    public func read() throws(Failure) -> Configuration {
        var configuration = Configuration()
        if path != nil || access(name, F_OK) == 0 {
            let bytes = try Self.bytes(of: name)
            do throws(JSONError) {
                configuration = try Configuration(decoding: bytes)
            } catch {
                throw error.failure(
                    operation: "use the configuration", subject: name, code: "invalid_configuration"
                )
            }
        }
        if let root { configuration.root = SpoolRoot.absolute(root) }
        return configuration
    }

    private static func bytes(of name: String) throws(Failure) -> [UInt8] {
        try converting("read the configuration") {
            func refused(_ code: String, _ cause: String, _ hint: String) -> Failure {
                Failure(
                    .permanent, code: code, operation: "read the configuration", subject: name,
                    cause: cause, hint: hint)
            }
            let number = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            guard number >= 0 else { throw SystemError("open", name) }
            let file = Descriptor(owning: number, subject: name)
            let status = try file.status()
            guard status.kind == .regular else {
                throw refused(
                    "not_a_file", "it is a \(status.kind.rawValue), not a regular file",
                    "Write it to a file")
            }
            let bytes = try file.read(limit: largest + 1)
            guard bytes.count <= largest else {
                throw refused(
                    "too_large", "it has more than \(largest) bytes",
                    "See that it is the right file")
            }
            return bytes
        }
    }

    /// The root alone. A root that was named is enough: then no file is read.
    public func rootOnly() throws(Failure) -> String {
        if let root { return root }
        return try read().root
    }
}

extension Configuration {
    /// The whole configuration as JSON, as it is in effect.
    public func effective() throws(Failure) -> String {
        let bytes = try RecordFile.encode(self, subject: "the configuration", inSnakeCase: true)
        return String(decoding: bytes, as: UTF8.self)
    }
}
