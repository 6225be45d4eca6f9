/// A text that is read piece by piece, and knows line and column.
public struct TextSource {
    /// Gives the next bytes; none at the end.
    public typealias Refill = () throws(Failure) -> [UInt8]

    private let refill: Refill
    private var buffer: [UInt8] = []
    private var index = 0
    private var isAtEnd = false
    private var endedWithCR = false
    /// The line, from 1.
    private(set) var line = 1
    /// The scalar within the line, from 1.
    private(set) var column = 1

    /// Reads what `refill` gives.
    public init(_ refill: @escaping Refill) { self.refill = refill }

    /// Where the next byte stands.
    var position: JSONPosition { JSONPosition(line: line, column: column) }

    /// The next byte; nil at the end.
    mutating func peek() throws(Failure) -> UInt8? {
        if index < buffer.count { return buffer[index] }
        guard !isAtEnd else { return nil }
        buffer = try refill()
        index = 0
        isAtEnd = buffer.isEmpty
        return buffer.first
    }

    /// Steps over the next byte, and returns it; nil at the end.
    mutating func next() throws(Failure) -> UInt8? {
        guard let byte = try peek() else { return nil }
        index += 1
        switch byte {
        case UInt8(ascii: "\n"):
            if !endedWithCR { line += 1 }
            column = 1
        case UInt8(ascii: "\r"):
            line += 1
            column = 1
        // What continues a scalar is in no column of its own.
        case 0x80...0xBF: break
        default: column += 1
        }
        endedWithCR = byte == UInt8(ascii: "\r")
        return byte
    }

    /// Steps over a byte order mark. To be called before anything is read.
    mutating func skipByteOrderMark() throws(Failure) {
        while buffer.count < 3, !isAtEnd {
            let more = try refill()
            buffer += more
            isAtEnd = more.isEmpty
        }
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }
}
