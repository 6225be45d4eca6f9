import Glibc

/// A service of systemd, with what its unit file and drop-ins say, as far as that is known.
public struct ServiceUnit: Hashable, Sendable {
    /// Its name without `.service`.
    public var name: String

    private struct Line: Hashable, Sendable {
        var key: String
        var value: String
    }

    /// The lines of its sections `[Service]`, in order: an empty value takes back those before it. Nil if they
    /// are not known, as to the service itself, which sees what they do.
    private var settings: [Line]?

    /// A service of which nothing but its name is known.
    public init(name: String) { self.name = name }

    /// A service with the text that `systemctl cat` prints.
    public init(name: String, parsing text: String) {
        self.name = name
        var lines: [Line] = []
        var section = ""
        let joined = text.replacing("\\\n", with: " ")
        for line in joined.split(separator: "\n") {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix("[") { section = String(line) }
            guard section.hasPrefix("[Service]"), !line.hasPrefix("#"), !line.hasPrefix(";"),
                let sign = line.firstIndex(of: "=")
            else { continue }
            func trimmed(_ text: Substring) -> String {
                let start = text.drop { $0 == " " || $0 == "\t" }
                let end = start.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" }
                return end.map { String(start[...$0]) } ?? ""
            }
            lines.append(
                Line(key: trimmed(line[..<sign]), value: trimmed(line[line.index(after: sign)...])))
        }
        settings = lines
    }

    /// The service that this process belongs to; nil if it belongs to none, as in a shell or a container.
    public static var own: ServiceUnit? {
        let path = "/proc/self/cgroup"
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let file = Descriptor(owning: number, subject: path)
        let bytes = try? file.read(limit: 1 << 16)
        return name(inGroups: String(decoding: bytes ?? [], as: UTF8.self))
            .map(ServiceUnit.init(name:))
    }

    /// The name of the service in a text as proc_pid_cgroup(5) has it. All that a user starts is in a service
    /// too, which is not meant.
    static func name(inGroups text: String) -> String? {
        let ending = ".service"
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1].isEmpty || parts[1] == "name=systemd",
                let group = parts[2].split(separator: "/").last(where: { $0.hasSuffix(ending) }),
                !parts[2].contains("/user@"), group.utf8.count > ending.utf8.count
            else { continue }
            return String(group.dropLast(ending.count))
        }
        return nil
    }

    /// The last value of a setting that has one.
    public func value(_ key: String) -> String? { values(key).last }

    /// All values of a setting that has several.
    public func values(_ key: String) -> [String] {
        var values: [String] = []
        for line in settings ?? [] where line.key == key {
            if line.value.isEmpty { values = [] } else { values.append(line.value) }
        }
        return values
    }

    /// The paths of a setting that lists them, without what stands before or behind each:
    /// `-/a:/b:rbind` is `/b`, where it is shown.
    func paths(_ keys: String...) -> [String] {
        keys.flatMap(values).flatMap { $0.split(separator: " ") }.compactMap { entry in
            let path = entry.drop { "-+!".contains($0) }
            let parts = path.split(separator: ":")
            let shown = parts.count > 1 && parts[1].hasPrefix("/") ? parts[1] : parts.first
            return shown.map {
                $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : String($0)
            }
        }
    }

    /// Whether any of its settings is known.
    public var isKnown: Bool { settings != nil }
}
