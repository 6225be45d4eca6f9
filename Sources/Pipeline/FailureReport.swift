import Core
import Linux

/// What a tool that failed says of it in a file of its working directory, `.result.json`: an object
/// with `retry_after`, the seconds it wants to be left alone, and `http_status`, what a server has
/// answered. Both may be left out, and so may the file.
struct FailureReport: Hashable, Sendable {
    /// How long it wants to be left alone, in seconds.
    var retryAfter: Double?
    /// What a server has answered.
    var httpStatus: Int?
    /// Why the file is of no use, if it is not, as the end of a sentence.
    var problem: String?

    private static let name: FileName = ".result.json"
    private static let limit = 65_536

    /// Nothing was said.
    init() {}

    /// Reads the file, if there is one.
    init(in work: Directory) {
        do throws(SystemError) {
            guard try work.contains(Self.name) else { return }
            read(try work.read(Self.name.display, limit: Self.limit))
        } catch {
            problem = "its \(Self.name.display) cannot be read: \(error.reason.lowercased())"
        }
    }

    private mutating func read(_ bytes: [UInt8]) {
        do throws(JSONError) {
            var reader = try ObjectReader(JSONNode(parsing: bytes, dialect: .strict))
            let retryAfter = try reader.optional("retry_after")?.number(in: 0...1e9)
            let httpStatus = try reader.optional("http_status")?.integer(in: 100...599)
            try reader.finish()
            (self.retryAfter, self.httpStatus) = (retryAfter, httpStatus)
        } catch {
            problem = "its \(Self.name.display) is not to be understood: \(error)"
        }
    }
}
