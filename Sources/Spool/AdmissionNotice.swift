import Core
import Linux

/// Tells those who look at the directories that the daemon claims no jobs, and why: a file in
/// `state/` that is there as long as that is so.
public struct AdmissionNotice: Hashable, Codable, Sendable {
    /// Why, in a sentence.
    public var reason: String
    /// A stable name for it: `disk_reserve`.
    public var code: String
    /// Since when.
    public var since: Timestamp

    private static let name: FileName = "admission.json"

    /// Puts up the notice. That it cannot be written, as when there is no room at all, keeps nobody
    /// from anything: the log has it too.
    public static func post(_ failure: Failure, in root: SpoolRoot, at now: Timestamp) {
        let notice = AdmissionNotice(reason: failure.message, code: failure.code, since: now)
        guard let bytes = try? RecordFile.encode(notice, subject: root[.state].subject(name)) else {
            return
        }
        try? root[.state].write(bytes, to: name, by: "admission.new", in: root[.state])
    }

    /// Takes the notice down.
    public static func remove(from root: SpoolRoot) { _ = try? root[.state].remove(name) }

    /// The notice; nil if there is none.
    public static func read(in root: SpoolRoot) -> AdmissionNotice? {
        guard let file = try? root[.state].open(entry: name),
            let bytes = try? file.read(limit: RecordFile.limit)
        else { return nil }
        return try? RecordFile.decode(Self.self, from: bytes, subject: name.display)
    }
}
