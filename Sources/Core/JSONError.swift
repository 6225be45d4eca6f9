/// What is wrong with a JSON text, and where: its grammar, or what a reader expected to find.
public struct JSONError: Error, Hashable, Sendable {
    /// The value it is about, or the innermost one that was being read: `$.script[2].narration`.
    public let path: String
    /// The line, from 1.
    public let line: Int
    /// The Unicode scalar within the line, from 1.
    public let column: Int
    /// What is wrong, as a phrase without a full stop: `must be true or false, not "yes"`.
    public let reason: String
    /// What to do about it, as a sentence without a full stop.
    public let hint: String?
    /// Whether the text ended before the document did (or before it began): perhaps somebody is
    /// still writing it. Any other error stays one, whatever is appended.
    public let isTruncated: Bool

    /// Makes an error.
    public init(
        path: JSONPath, position: JSONPosition, reason: String, hint: String? = nil,
        isTruncated: Bool = false
    ) {
        self.path = path.description
        self.line = position.line
        self.column = position.column
        self.reason = reason
        self.hint = hint
        self.isTruncated = isTruncated
    }

    /// The same error with a remark on what it is about: `must be …, not …, which is …`.
    public func remarking(_ remark: String) -> JSONError {
        JSONError(
            path: path, line: line, column: column, reason: "\(reason), \(remark)", hint: hint,
            isTruncated: isTruncated)
    }

    private init(
        path: String, line: Int, column: Int, reason: String, hint: String?, isTruncated: Bool
    ) {
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason
        self.hint = hint
        self.isTruncated = isTruncated
    }

    /// The failure this means for whoever wanted the document: a permanent one, since the same
    /// text has the same error.
    public func failure(
        operation: String, subject: String, code: String = "invalid_spec"
    ) -> Failure {
        Failure(
            .permanent, code: code, operation: operation, subject: subject, cause: description,
            hint: hint)
    }
}

extension JSONError: CustomStringConvertible {
    /// `line 3, column 14, $.duration: must be a number from 5 to 180, not "ten"`.
    public var description: String { "line \(line), column \(column), \(path): \(reason)" }
}
