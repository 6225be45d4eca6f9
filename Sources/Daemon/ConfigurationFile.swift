import Core
import Glibc
import Linux
import Spool

/// Where the configuration comes from: a file, and what the command line puts over it.
public struct ConfigurationFile: Sendable {
    /// Where `make install` puts it.
    public static let standardPath = "/etc/reeld/reeld.json5"

    private let path: String?
    private let root: String?

    /// Reads `path`, or the standard path if it is nil; `root` goes before what the file says.
    public init(path: String?, root: String?) {
        self.path = path
        self.root = root
    }

    /// Reads it. A file that was named must be there; without the standard one, all has its
    /// default.
    public func read() throws(Failure) -> Configuration {
        let name = path ?? Self.standardPath
        var configuration = Configuration()
        if path != nil || access(name, F_OK) == 0 {
            let bytes = try converting("read the configuration") {
                let number = open(name, O_RDONLY | O_CLOEXEC)
                guard number >= 0 else { throw SystemError("open", name) }
                return try Descriptor(owning: number, subject: name).read(limit: 1 << 20)
            }
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
