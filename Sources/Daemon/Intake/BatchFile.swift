import Core
import Glibc
import Linux
import Spool
import Video

/// A file of many job specs, which is read row by row.
public final class BatchFile {
    /// A job spec of it.
    public struct Row {
        /// Which one it is, from 1.
        public var number: Int
        /// What it says, each value at its place in the file; or what is wrong with it.
        public var spec: Result<JSONNode, JSONError>
    }

    private enum Form { case table, pieces(JSONPieces.Form) }

    /// Its path.
    public let path: String
    private let file: Descriptor
    private let form: Form
    private let status: FileStatus

    /// How many bytes are read at a time.
    private static let chunk = 1 << 16

    /// Opens a file; the end of its name tells what it is.
    public init(_ path: String) throws(Failure) {
        func refused(_ code: String, _ cause: String, _ hint: String) -> Failure {
            Failure(
                .permanent, code: code, operation: "submit the batch", subject: path, cause: cause,
                hint: hint)
        }
        let lower = path.lowercased()
        if lower.hasSuffix(".csv") {
            form = .table
        } else if lower.hasSuffix(".jsonl") || lower.hasSuffix(".ndjson") {
            form = .pieces(.lines)
        } else if lower.hasSuffix(".json") {
            form = .pieces(.array)
        } else {
            throw refused(
                "invalid_spec", "its name does not tell what it is",
                "Let it end in .csv, .jsonl or .json")
        }
        self.path = path
        let number = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard number >= 0 else { throw SystemError("open", path).failure("read") }
        let opened = Descriptor(owning: number, subject: path)
        do throws(SystemError) { status = try opened.status() } catch {
            throw error.failure("read")
        }
        file = opened
        guard status.kind == .regular else {
            throw refused(
                "not_a_file", "it is a \(status.kind.rawValue), not a regular file",
                "Write it to a file: it is read twice, once to check it")
        }
    }

    /// Calls `body` with each row in turn, until that returns false.
    public func forEachRow(_ body: (Row) async throws -> Bool) async throws {
        var offset = 0
        let source = TextSource { () throws(Failure) -> [UInt8] in
            let bytes = try converting("read") { () throws(SystemError) in
                try Self.read(self.file.number, at: offset, self.path)
            }
            offset += bytes.count
            return bytes
        }
        var number = 0
        switch form {
        case .pieces(let form):
            var pieces = JSONPieces(source, form, limit: largestSpec)
            while let spec = try pieces.next() {
                number += 1
                guard try await body(Row(number: number, spec: spec)) else { return }
            }
        case .table:
            var reader = CSVReader(source, limit: largestSpec)
            guard let first = try reader.next() else { return }
            let table: SpecSheet
            do throws(JSONError) { table = try SpecSheet(heads: first.get()) } catch {
                _ = try await body(Row(number: 0, spec: .failure(error)))
                return
            }
            while let cells = try reader.next() {
                number += 1
                let spec = cells.flatMap { cells in
                    Result { () throws(JSONError) in try table.spec(cells) }
                }
                guard try await body(Row(number: number, spec: spec)) else { return }
            }
        }
    }

    /// Whether it is what it was when it was opened.
    public func isUnchanged() throws(Failure) -> Bool {
        let now = try converting("look at") { () throws(SystemError) in try file.status() }
        return now.hasSameBytes(as: status)
    }

    private static func read(
        _ number: Int32, at offset: Int, _ path: String
    ) throws(SystemError) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
            var result: Int
            repeat {
                result = pread(number, buffer.baseAddress, buffer.count, off_t(offset))
            } while result < 0 && errno == EINTR
            failed = result < 0
            count = max(0, result)
        }
        guard !failed else { throw SystemError("pread", path) }
        return bytes
    }
}
