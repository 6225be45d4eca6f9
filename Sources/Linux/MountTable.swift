import Glibc

/// What is mounted where, as one process sees it. See proc_pid_mountinfo(5).
public struct MountTable: Hashable, Sendable {
    /// One mount.
    public struct Mount: Hashable, Sendable {
        /// What of its file system is mounted there: `/` for all of it.
        public var root: String
        /// Where.
        public var point: String
        /// Whether nothing can be written through it, and whether its file system cannot be written at all.
        public var isReadOnly: Bool, isOfReadOnlySystem: Bool
        /// Whether it came to this process's name space from another one: what a service manager has mounted for
        /// a service alone has not.
        public var isInherited: Bool
        /// The type of its file system.
        public var type: String
    }

    /// The mounts in the order they were made.
    public var mounts: [Mount]

    /// Reads a table; lines that are none are left out.
    public init(parsing text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3
            else { return nil }
            func has(_ option: Substring, in field: Int) -> Bool {
                fields[field].split(separator: ",").contains(option)
            }
            return Mount(
                root: Self.unescaped(fields[3]), point: Self.unescaped(fields[4]),
                isReadOnly: has("ro", in: 5), isOfReadOnlySystem: has("ro", in: dash + 3),
                isInherited: fields[6..<dash].contains { $0.hasPrefix("master:") },
                type: String(fields[dash + 1]))
        }
    }

    /// That of this process; empty if it cannot be read.
    public static var own: MountTable {
        let path = "/proc/self/mountinfo"
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return MountTable(parsing: "") }
        let file = Descriptor(owning: number, subject: path)
        let bytes = try? file.read(limit: 1 << 24)
        return MountTable(parsing: String(decoding: bytes ?? [], as: UTF8.self))
    }

    /// The mount that an absolute path without links is on: the deepest, and of several at one place the last.
    public func mount(of path: String) -> Mount? {
        var found: Mount?
        for mount in mounts where path.isAtOrBeneath(mount.point) {
            if let best = found, mount.point.utf8.count < best.point.utf8.count { continue }
            found = mount
        }
        return found
    }

    /// `\040` stands for a blank, and so on.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = field.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"),
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    /// Whether this absolute path is `place` or lies beneath it.
    func isAtOrBeneath(_ place: String) -> Bool {
        self == place || hasPrefix(place.hasSuffix("/") ? place : "\(place)/")
    }
}
