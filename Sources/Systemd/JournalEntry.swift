import Core
import Glibc

/// An event as the journal takes it: `NAME=value` fields, the value of any bytes.
///
/// What the fields mean is in systemd.journal-fields(7).
package struct JournalEntry {
    /// The fields one after another.
    package private(set) var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// Makes the entry of an event.
    ///
    /// MESSAGE is for people and has its control characters escaped; the other values are for
    /// programs and stay as they are.
    package init(_ event: Event) {
        append("MESSAGE", event.message.escapingControls)
        append("PRIORITY", "\(event.priority.rawValue)")
        append("MESSAGE_ID", event.kind.messageID)
        append("SYSLOG_IDENTIFIER", "reeld")
        for (field, value) in event.fields.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            append(field.rawValue, value)
        }
    }

    private mutating func append(_ name: String, _ value: String) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "="))
        bytes.append(contentsOf: value.utf8)
        ends.append(bytes.count)
    }

    /// Calls `body` with one vector for each field, as sd_journal_sendv(3) wants them. A field
    /// ends where its vector does, so nothing in a value can begin another.
    package mutating func withVectors<Result>(
        _ body: (UnsafeBufferPointer<iovec>) -> Result
    ) -> Result {
        let ends = self.ends
        return bytes.withUnsafeMutableBytes { buffer in
            var start = 0
            var vectors: [iovec] = []
            for end in ends {
                let field = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end])
                vectors.append(iovec(iov_base: field.baseAddress, iov_len: field.count))
                start = end
            }
            return vectors.withUnsafeBufferPointer(body)
        }
    }
}
