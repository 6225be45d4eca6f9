import Core
import Glibc
import Linux

/// What the tools of this root's daemons are known by, and which daemons may have left some running.
///
/// A path is no identity: a container, a copy and a disk that is mounted later may have the same. So a
/// root has a random number of its own (`state/root-id`), and counts for itself only in the very
/// directory where it is: a copy is another root. A daemon is on record (`state/daemons.json`) from before
/// its first tool until it has ended the last.
public struct DaemonRegister: Sendable {
    /// A daemon that works, or was killed.
    public struct Entry: Codable, Hashable, Sendable {
        /// Its name; no other has it.
        public var name: String
        /// The number of its `Lineage`; nil where there is no such thing.
        public var lineage: UInt64?

        /// Makes one.
        public init(name: String, lineage: UInt64?) {
            self.name = name
            self.lineage = lineage
        }
    }

    private static let idName: FileName = "root-id"
    private static let fileName: FileName = "daemons.json"
    private static let idLength = 32
    /// How many are kept: each has left something that could not be ended.
    private static let mostEntries = 100

    private let state: Directory
    private let rootMark: String

    /// Reads the number of a root, or gives it one, durably.
    public init(of root: SpoolRoot) throws(Failure) {
        state = root[.state]
        rootMark = try converting("tell the root from others by") {
            let own = try root.directory.status().identity
            return "\(try Self.id(in: root[.state])).\(own.device).\(own.inode)."
        }
    }

    /// What the tools of the daemon of that name bear, and no others.
    public func mark(of name: String) -> String { rootMark + name }

    /// Whether a process bears a mark of one of these daemons, as a whole or at its beginning, up to a full
    /// stop, and comes from there. The mark alone proves nothing, since an environment can be copied.
    public func contains(
        marks: [String], lineage: @autoclosure () -> Lineage?, of entries: [Entry]
    ) -> Bool {
        for mark in marks where mark.hasPrefix(rootMark) {
            let name = mark.dropFirst(rootMark.count).prefix { $0 != "." }
            guard let entry = entries.first(where: { $0.name == name }) else { continue }
            if entry.lineage == nil || lineage()?.number == entry.lineage { return true }
        }
        return false
    }

    /// The daemons on record.
    public func entries() throws(Failure) -> [Entry] {
        try converting("tell which daemon worked last by") {
            guard try state.contains(Self.fileName) else { return [] }
            let bytes = try state.open(entry: Self.fileName).read(limit: RecordFile.limit)
            return try RecordFile.decode(
                [Entry].self, from: bytes, subject: Self.fileName.display)
        }
    }

    /// Puts these on record in place of all others.
    public func replace(by entries: [Entry]) throws(Failure) {
        try converting("put on record that a daemon works here in") {
            try state.write(
                RecordFile.encode(Array(entries.suffix(Self.mostEntries)), subject: "the daemons"),
                to: Self.fileName, by: "daemons.new", in: state)
        }
    }

    private static func id(in state: Directory) throws(SystemError) -> String {
        if try state.contains(idName) {
            let bytes = try state.open(entry: idName).read(limit: idLength + 1)
            let text = String(decoding: bytes.prefix(idLength), as: UTF8.self)
            if text.utf8.count == idLength, text.allSatisfy(\.isHexDigit) { return text }
        }
        let text = (0..<4).map { _ in
            let digits = String(UInt32.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
        try state.write(Array("\(text)\n".utf8), to: idName, by: "root-id.new", in: state)
        try state.sync()
        return text
    }
}
