import Core
import Glibc
import Linux

extension SessionRecord.OutputRecord {
    /// Looks at a file of a session: its length and hash. It must be a regular file beneath
    /// the session, reached through no link.
    public init(of place: String, in session: Directory) throws(Failure) {
        let file = try converting("read") { try session.open(place, O_RDONLY) }
        try self.init(of: file, place: place)
    }

    /// The same of a file that is open.
    public init(of file: borrowing Descriptor, place: String) throws(Failure) {
        let status: FileStatus
        do throws(SystemError) { status = try file.status() } catch {
            throw error.failure("read")
        }
        guard status.kind == .regular else {
            throw Failure(
                .permanent, code: "not_a_file", operation: "take the output", subject: place,
                cause: "it is a \(status.kind.rawValue)",
                hint: "A step's outputs are regular files")
        }
        let (length, hash) = try Self.digest(of: file, size: status.size)
        self.init(place: place, bytes: length, sha256: hash)
    }

    private static func digest(
        of file: borrowing Descriptor, size: Int
    ) throws(Failure) -> (length: Int, hash: String) {
        var hash = SHA256()
        var length = 0
        do throws(SystemError) {
            try file.readChunks(size: size) { chunk in
                hash.update(chunk)
                length += chunk.count
            }
        } catch {
            throw error.failure("read")
        }
        return (length, hash.finalizeHexadecimal())
    }

    /// Whether the file is still there with the bytes it had. Throws when the machine does not let
    /// it be looked at: that says nothing about the file.
    public func matches(in session: Directory) throws(Failure) -> Bool {
        do throws(Failure) { return try Self(of: place, in: session) == self } catch {
            guard error.kind == .permanent else { throw error }
            return false
        }
    }
}
