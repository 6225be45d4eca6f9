/// Takes a text apart into JSON values, in memory for one: the elements of one array, or the lines of JSON Lines.
public struct JSONPieces {
    /// How the values stand in the text.
    public enum Form: Sendable {
        /// As the elements of an array.
        case array
        /// Each on a line of its own; blank lines are none.
        case lines
    }

    private enum State { case beginning, between, ended }

    private var source: TextSource
    private let form: Form
    private let limit: Int
    private var state = State.beginning

    /// Takes a text apart; `limit` is the most bytes that a value may have.
    public init(_ source: TextSource, _ form: Form, limit: Int) {
        self.source = source
        self.form = form
        self.limit = limit
    }

    /// The next value, or what is wrong with it or the text. Nil at the end, and when there is no telling where
    /// another value begins.
    public mutating func next() throws(Failure) -> Result<JSONNode, JSONError>? {
        switch form {
        case .lines: try nextLine()
        case .array: try nextElement()
        }
    }

    private mutating func nextLine() throws(Failure) -> Result<JSONNode, JSONError>? {
        while state != .ended {
            let start = source.position
            var bytes: [UInt8] = []
            while let byte = try source.next(), byte != UInt8(ascii: "\n") {
                guard bytes.count < limit else { return fail(start, tooLong) }
                bytes.append(byte)
            }
            if try source.peek() == nil { state = .ended }
            if !bytes.allSatisfy(Self.isBlank) { return Self.parse(bytes, start) }
        }
        return nil
    }

    private mutating func nextElement() throws(Failure) -> Result<JSONNode, JSONError>? {
        guard state != .ended else { return nil }
        try skipBlanks()
        if state == .beginning {
            let start = source.position
            guard try source.next() == UInt8(ascii: "[") else {
                return fail(start, "expected an array of job specs, which begins with '['")
            }
            try skipBlanks()
            state = .between
            if try source.peek() == UInt8(ascii: "]") { return try end() }
        }
        let start = source.position
        var (bytes, depth, isString, isEscaped) = ([UInt8](), 0, false, false)
        while let byte = try source.peek() {
            if !isString, depth == 0 {
                if byte == UInt8(ascii: ",") {
                    _ = try source.next()
                    return Self.parse(bytes, start)
                }
                if byte == UInt8(ascii: "]") { break }
            }
            guard bytes.count < limit else { return fail(start, tooLong) }
            bytes.append(byte)
            _ = try source.next()
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = isString
            case UInt8(ascii: "\""): isString.toggle()
            case _ where isString: break
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        guard try source.peek() != nil else {
            return fail(source.position, "ends within the array that begins the text")
        }
        if let fault = try end() { return fault }
        return Self.parse(bytes, start)
    }

    /// Steps over the end of the array, after which there is nothing.
    private mutating func end() throws(Failure) -> Result<JSONNode, JSONError>? {
        state = .ended
        _ = try source.next()
        try skipBlanks()
        guard try source.peek() == nil else {
            return fail(source.position, "there is more after the end of the array")
        }
        return nil
    }

    private var tooLong: String { "a job spec of more than \(limit) bytes" }

    private mutating func fail(
        _ position: JSONPosition, _ reason: String
    ) -> Result<JSONNode, JSONError> {
        state = .ended
        return .failure(JSONError(path: .root, position: position, reason: reason))
    }

    private static func parse(
        _ bytes: [UInt8], _ start: JSONPosition
    ) -> Result<JSONNode, JSONError> {
        do throws(JSONError) { return .success(try JSONNode(parsing: bytes, from: start)) } catch {
            return .failure(error)
        }
    }

    private mutating func skipBlanks() throws(Failure) {
        while let byte = try source.peek(), Self.isBlank(byte) { _ = try source.next() }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
