import Core
import Glibc
import Linux

/// What stands at the beginning of a record as the daemon writes it, read alone: a record may be large, and there
/// may be many. A line break within a value is escaped, so a line that begins with a key of the record is that key's.
extension SessionRecord {
    /// The number of a session's claim; nil for one that has none.
    static func arrival(of id: SessionID, in parent: Directory) -> Int? {
        let text = head(of: id, in: parent, bytes: 64)
        let (key, next) = ("{\n  \"arrival\" : ", "{\n  \"arrived\" : ")
        if let text, text.hasPrefix(key) {
            return Int(text.dropFirst(key.count).prefix { $0.isNumber })
        }
        if let text, text.hasPrefix(next) { return nil }
        return whole(of: id, in: parent)?.arrival
    }

    /// The name that a session's job was dropped under; nil if there is no record that can be read.
    static func job(of id: SessionID, in parent: Directory) -> String? {
        guard let text = head(of: id, in: parent, bytes: 2048) else { return nil }
        if let key = text.firstRange(of: "\n  \"job\" : \"") {
            let rest = text[key.upperBound...]
            if let end = rest.firstIndex(of: "\""), !rest[..<end].contains("\\") {
                return String(rest[..<end])
            }
        }
        return whole(of: id, in: parent)?.job
    }

    private static func head(of id: SessionID, in parent: Directory, bytes: Int) -> Substring? {
        guard let file = try? parent.open("\(id)/metadata/session.json", O_RDONLY),
            let head = try? file.read(limit: bytes)
        else { return nil }
        return String(decoding: head, as: UTF8.self)[...]
    }

    private static func whole(of id: SessionID, in parent: Directory) -> SessionRecord? {
        (try? parent.directory(id.description)).flatMap { try? SessionRecord.read(from: $0) }
    }
}
