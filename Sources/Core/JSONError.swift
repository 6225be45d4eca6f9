/// What is wrong with a JSON text, and where: its grammar, or what a reader expected to find.
public struct JSONError: Error, Hashable, Sendable {
    /// The way to the value it is about, or to the innermost one that was being read.
    public let location: JSONPath
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
        location = path
        self.line = position.line
        self.column = position.column
        self.reason = reason
        self.hint = hint
        self.isTruncated = isTruncated
    }

    /// The location as text: `$.script[2].narration`.
    public var path: String { location.description }

    /// The same error with a remark on what it is about: `must be …, not …, which is …`.
    public func remarking(_ remark: String) -> JSONError {
        JSONError(
            path: location, position: JSONPosition(line: line, column: column),
            reason: "\(reason), \(remark)", hint: hint, isTruncated: isTruncated)
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
