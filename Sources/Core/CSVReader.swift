/// Reads comma-separated values as RFC 4180 has them, record by record, in memory for one.
///
/// A record ends with CR LF, LF or CR; a cell in quotes may have line breaks, which are given as LF. Empty lines,
/// and records whose cells are all empty, are none. A byte order mark is skipped.
public struct CSVReader {
    /// A cell.
    public struct Cell: Hashable, Sendable {
        /// What it says.
        public var text: String
        /// Where it begins.
        public var position: JSONPosition

        /// Makes a cell.
        public init(_ text: String, at position: JSONPosition) {
            self.text = text
            self.position = position
        }
    }

    private var source: TextSource
    private let limit: Int
    private var hasBegun = false
    private var isBroken = false

    /// Reads a text; `limit` is the most bytes that a record may have.
    public init(_ source: TextSource, limit: Int) {
        self.source = source
        self.limit = limit
    }

    /// The next record, or what is wrong with the text: then there is no telling where another begins. Nil at
    /// the end.
    public mutating func next() throws(Failure) -> Result<[Cell], JSONError>? {
        guard !isBroken else { return nil }
        if !hasBegun { try source.skipByteOrderMark() }
        hasBegun = true
        while try source.peek() != nil {
            let result = try record()
            switch result {
            case .success(let cells) where cells.allSatisfy(\.text.isEmpty): continue
            case .success: return result
            case .failure:
                isBroken = true
                return result
            }
        }
        return nil
    }

    private mutating func record() throws(Failure) -> Result<[Cell], JSONError> {
        var cells: [Cell] = []
        var left = limit
        while true {
            let start = source.position
            var bytes: [UInt8] = []
            if try source.peek() == UInt8(ascii: "\"") {
                guard try quoted(&bytes, left) else {
                    return .failure(
                        Self.error(
                            start,
                            "the quote is not closed, or the record is longer than \(limit) bytes",
                            hint: "Close it; a quote within a cell in quotes is written twice"))
                }
            } else if let fault = try plain(&bytes, left) {
                return .failure(fault)
            }
            left -= bytes.count
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return .failure(Self.error(start, "not UTF-8", hint: "Save the file as UTF-8"))
            }
            cells.append(Cell(text, at: start))
            let end = source.position
            switch try source.next() {
            case UInt8(ascii: ","): continue
            case nil, UInt8(ascii: "\n"): return .success(cells)
            case UInt8(ascii: "\r"):
                if try source.peek() == UInt8(ascii: "\n") { _ = try source.next() }
                return .success(cells)
            default:
                return .failure(
                    Self.error(
                        end, "expected ',' or the end of the line after the closing quote",
                        hint: "A quote within a cell in quotes is written twice"))
            }
        }
    }

    /// A cell in quotes. False if it does not end.
    private mutating func quoted(_ bytes: inout [UInt8], _ left: Int) throws(Failure) -> Bool {
        _ = try source.next()
        while let byte = try source.next() {
            guard bytes.count < left else { return false }
            switch byte {
            case UInt8(ascii: "\""):
                guard try source.peek() == UInt8(ascii: "\"") else { return true }
                _ = try source.next()
                bytes.append(byte)
            case UInt8(ascii: "\r"):
                if try source.peek() == UInt8(ascii: "\n") { _ = try source.next() }
                bytes.append(UInt8(ascii: "\n"))
            default: bytes.append(byte)
            }
        }
        return false
    }

    private mutating func plain(_ bytes: inout [UInt8], _ left: Int) throws(Failure) -> JSONError? {
        while let byte = try source.peek() {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"): return nil
            case UInt8(ascii: "\""):
                return Self.error(
                    source.position, "a quote in a cell that does not begin with one",
                    hint: "Put the whole cell in quotes, and write the quote twice")
            default:
                guard bytes.count < left else {
                    return Self.error(source.position, "the record is longer than \(limit) bytes")
                }
                bytes.append(byte)
                _ = try source.next()
            }
        }
        return nil
    }

    private static func error(
        _ position: JSONPosition, _ reason: String, hint: String? = nil
    ) -> JSONError {
        JSONError(path: .root, position: position, reason: reason, hint: hint)
    }
}
