import Core
import Glibc

/// Writes events to standard error as readable lines, for when there is no journal:
///
///     2026-11-23T04:52:45Z warning  Left a file alone.  [job=a.json state=inbox]
package struct StandardErrorLog: DatedEventLog {
    /// The least urgent priority that is written.
    package let minimum: Event.Priority
    private let descriptor: Int32

    /// Makes the log; it writes to `descriptor` but does not own it.
    package init(minimum: Event.Priority = .info, descriptor: Int32 = STDERR_FILENO) {
        self.minimum = minimum
        self.descriptor = descriptor
    }

    /// Writes the event as one line by one write(2), so that lines of several writers do not mix.
    package func record(_ event: Event, at time: Int) -> Bool {
        guard event.priority <= minimum else { return true }
        let line = Array(Self.line(for: event, at: CivilTime(secondsSince1970: time)).utf8)
        return line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EAGAIN {
                    // Somebody who has the same pipe open made it so.
                    var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&writable, 1, -1)
                } else if count < 0, errno != EINTR {
                    return false
                }
                rest = rest.dropFirst(max(count, 0))
            }
            return true
        }
    }

    /// The line of an event, with its newline.
    package static func line(for event: Event, at time: CivilTime) -> String {
        let fields = Event.Field.allCases.compactMap { field in
            event.fields[field].map { "\(field.shortName)=\(quotedIfNeeded($0))" }
        }
        let about = fields.isEmpty ? "" : "  [\(fields.joined(separator: " "))]"
        let priority = event.priority.name
        let padding = String(repeating: " ", count: 9 - priority.utf8.count)
        return "\(time.rfc3339) \(priority)\(padding)\(event.message.escapingControls)\(about)\n"
    }

    /// A value that cannot be taken for the end of the list or for another field.
    private static func quotedIfNeeded(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { byte in
            (0x21..<0x7F).contains(byte) && !"\"[]=\\".utf8.contains(byte)
        }
        if isPlain, !value.isEmpty { return value }
        let escaped = value.escapingControls
        let special = escaped.unicodeScalars.contains { scalar in
            scalar.properties.isWhitespace || "\"[]=".unicodeScalars.contains(scalar)
        }
        guard special || value.isEmpty else { return escaped }
        let pieces = escaped.unicodeScalars.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"\(pieces.map(String.init).joined(separator: "\\\""))\""
    }
}

extension Event.Priority {
    fileprivate var name: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .notice: "notice"
        case .info: "info"
        case .debug: "debug"
        }
    }
}

extension Event.Field {
    /// `REELD_JOB` as a line has it: `job`.
    fileprivate var shortName: String {
        switch self {
        case .session: "session"
        case .job: "job"
        case .step: "step"
        case .provider: "provider"
        case .attempt: "attempt"
        case .state: "state"
        case .error: "error"
        case .duration: "duration_usec"
        }
    }
}
