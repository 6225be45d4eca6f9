import Glibc

/// That a setting of a service keeps a path from it, which others see: which setting, and how that is mended.
/// See systemd.exec(5), "Sandboxing".
public struct Concealment: Hashable, Sendable {
    /// The setting: `ProtectHome=yes`.
    public var setting: String
    /// The directory that it is about: `/home`.
    public var place: String
    /// Whether it can be read, and only not be written.
    public var isReadOnly = false
    /// The service's name.
    public var service: String
    /// The lines of a drop-in that mends it.
    public var lines: [String]

    /// Why the path is not to be had, as a sentence without a full stop.
    public var cause: String {
        isReadOnly
            ? "\(setting) keeps the service \(service) from writing in \(place)"
            : "\(setting) hides \(place) from the service \(service)"
    }

    /// What to do about it, likewise.
    public var remedy: String {
        "Run 'systemctl edit \(service)', write [Service] and below it \(lines.joined(separator: " and below that ")), and restart the service"
    }

    private static let homes = ["/home", "/root", "/run/user"]
    private static let temporary = ["/tmp", "/var/tmp"]
    private static let system = ["/usr", "/boot", "/efi", "/etc"]

    /// What keeps `path` from this process, by the mounts that it sees.
    public init?(of path: String, writing: Bool = false) {
        self.init(
            of: Self.withoutLinks(path), writing: writing, by: .own, for: ServiceUnit.own)
    }

    /// The same for an absolute path without links, which is not there or cannot be used. Without a service only
    /// what nobody else can have mounted counts.
    init?(of path: String, writing: Bool, by table: MountTable, for service: ServiceUnit?) {
        guard let mount = table.mount(of: path) else { return nil }
        let point = mount.point
        self.service = service?.name ?? "reeld"
        place = point
        if mount.root.contains("/inaccessible/") {
            let isHome = Self.homes.contains(point)
            setting = isHome ? "ProtectHome=yes" : "InaccessiblePaths=\(point)"
            // What is to be shown beneath a place that cannot be entered is left out.
            lines =
                isHome
                ? ["ProtectHome=tmpfs", "\(Self.showing(writing))\(path)"] : ["InaccessiblePaths="]
        } else if mount.root.contains("/systemd-private-"), Self.temporary.contains(point) {
            guard !writing else { return nil }
            setting = "PrivateTmp=yes"
            lines = ["\(Self.showing(writing))\(path)"]
        } else if service == nil {
            return nil
        } else if mount.type == "tmpfs", !mount.isInherited, !mount.root.contains("/systemd/"),
            point != "/",
            !["/dev", "/run", "/proc", "/sys"].contains(where: point.isAtOrBeneath)
                || Self.homes.contains(point)
        {
            setting =
                Self.homes.contains(point)
                ? "ProtectHome=tmpfs" : "TemporaryFileSystem=\(point)"
            lines = ["\(Self.showing(writing))\(path)"]
        } else if writing, mount.isReadOnly, !mount.isOfReadOnlySystem {
            isReadOnly = true
            lines = ["ReadWritePaths=\(path)"]
            if Self.homes.contains(point) {
                setting = "ProtectHome=read-only"
            } else if Self.system.contains(point) {
                setting = "ProtectSystem=full"
            } else {
                let isStrict = table.mount(of: "/")?.isReadOnly == true
                setting = isStrict ? "ProtectSystem=strict" : "ReadOnlyPaths=\(point)"
            }
        } else {
            return nil
        }
    }

    /// What would keep `path` from a service that is looked at from outside, by its settings.
    public init?(of path: String, writing: Bool = false, by unit: ServiceUnit) {
        let path = Self.withoutLinks(path)
        func first(_ places: [String]) -> String? { places.first(where: path.isAtOrBeneath) }
        func isOn(_ key: String) -> Bool {
            ["yes", "true", "on", "1"].contains(unit.value(key)?.lowercased() ?? "no")
        }
        service = unit.name
        if let hidden = first(unit.paths("InaccessiblePaths")) {
            (setting, place) = ("InaccessiblePaths=\(hidden)", hidden)
            lines = ["InaccessiblePaths="]
        } else if isOn("ProtectHome"), let home = first(Self.homes) {
            (setting, place) = ("ProtectHome=yes", home)
            lines = ["ProtectHome=tmpfs", "\(Self.showing(writing))\(path)"]
        } else if first(unit.paths("BindPaths")) != nil
            || first(unit.paths("BindReadOnlyPaths")) != nil && !writing
        {
            return nil
        } else if unit.value("ProtectHome") == "tmpfs", let home = first(Self.homes) {
            (setting, place) = ("ProtectHome=tmpfs", home)
            lines = ["\(Self.showing(writing))\(path)"]
        } else if isOn("PrivateTmp") || unit.value("PrivateTmp") == "disconnected",
            let place = first(Self.temporary)
        {
            (setting, self.place) = ("PrivateTmp=yes", place)
            lines = ["\(Self.showing(writing))\(path)"]
        } else if let place = first(unit.paths("TemporaryFileSystem")) {
            (setting, self.place) = ("TemporaryFileSystem=\(place)", place)
            lines = ["\(Self.showing(writing))\(path)"]
        } else if writing, unit.value("ProtectSystem") == "strict",
            first(unit.paths("ReadWritePaths")) == nil
        {
            (setting, place, isReadOnly) = ("ProtectSystem=strict", "/", true)
            lines = ["ReadWritePaths=\(path)"]
        } else {
            return nil
        }
    }

    /// The setting that shows a directory of the machine to the service again.
    private static func showing(_ writing: Bool) -> String {
        writing ? "BindPaths=" : "BindReadOnlyPaths="
    }

    /// The path without links, of which one may lead to where nothing is to be seen: there the rest stays as it
    /// is written. See path_resolution(7).
    static func withoutLinks(_ path: String) -> String {
        var done: [Substring] = []
        var rest = Array(path.split(separator: "/").reversed())
        var links = 0
        while let name = rest.popLast() {
            if name == "." { continue }
            if name == ".." {
                _ = done.popLast()
                continue
            }
            let place = "/" + (done + [name]).joined(separator: "/")
            var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(place, &target, target.count)
            guard count > 0, links < 40 else {
                done.append(name)
                continue
            }
            links += 1
            let text = String(decoding: target.prefix(count), as: UTF8.self)
            if text.hasPrefix("/") { done = [] }
            rest += text.split(separator: "/").reversed()
        }
        return "/" + done.joined(separator: "/")
    }
}
