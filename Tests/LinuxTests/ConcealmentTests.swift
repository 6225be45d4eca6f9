import Glibc
import TestSupport
import Testing

@testable import Linux

/// Tables are those of services that systemd 252 has started with the setting, cut to what counts.
@Suite struct ConcealmentTests {
    private static let service = ServiceUnit(name: "reeld")

    private static func table(_ lines: String) -> MountTable {
        MountTable(
            parsing: """
                291 255 0:40 / / rw,relatime shared:43 master:1 - overlay x rw
                292 291 0:44 / /tmp rw,nosuid,nodev shared:59 master:2 - tmpfs tmpfs rw
                306 291 0:48 / /run rw,nosuid,nodev shared:74 master:6 - tmpfs tmpfs rw
                \(lines)
                """)
    }

    private static let inaccessible = "ro,nosuid,nodev,noexec shared:94 master:6 - tmpfs tmpfs rw"

    @Test(arguments: [
        (
            "327 291 0:48 /systemd/inaccessible/dir /home \(inaccessible)", "/home/a/m",
            "ProtectHome=yes", "/home", "ProtectHome=tmpfs BindReadOnlyPaths=/home/a/m"
        ),
        (
            "327 291 0:58 / /home rw,relatime shared:94 - tmpfs tmpfs rw", "/home/a/m",
            "ProtectHome=tmpfs", "/home", "BindReadOnlyPaths=/home/a/m"
        ),
        (
            "315 291 0:48 /systemd/inaccessible/dir /srv/m \(inaccessible)", "/srv/m",
            "InaccessiblePaths=/srv/m", "/srv/m", "InaccessiblePaths="
        ),
        (
            "315 291 0:58 / /srv rw,nodev shared:93 - tmpfs tmpfs rw,mode=755", "/srv/m",
            "TemporaryFileSystem=/srv", "/srv", "BindReadOnlyPaths=/srv/m"
        ),
        (
            "315 292 0:44 /systemd-private-46-reeld.service-ua/tmp /tmp rw shared:61 master:2 - tmpfs tmpfs rw",
            "/tmp/m", "PrivateTmp=yes", "/tmp", "BindReadOnlyPaths=/tmp/m"
        ),
        (
            "327 291 0:40 /var/tmp/systemd-private-46-reeld.service-WC/tmp /var/tmp rw shared:94 master:1 - overlay x rw",
            "/var/tmp/m", "PrivateTmp=yes", "/var/tmp", "BindReadOnlyPaths=/var/tmp/m"
        ),
    ])
    func whatHidesAPathIsNamed(
        _ line: String, _ path: String, _ setting: String, _ place: String, _ lines: String
    ) throws {
        let found = Concealment(
            of: path, writing: false, by: Self.table(line), for: Self.service)
        let concealment = try #require(found)
        #expect(concealment.setting == setting && concealment.place == place)
        #expect(concealment.lines.joined(separator: " ") == lines)
        #expect(concealment.cause == "\(setting) hides \(place) from the service reeld")
        #expect(concealment.remedy.contains("systemctl edit reeld"))
    }

    /// What is shown beneath a hidden place, and what the machine itself has mounted, is not hidden.
    @Test(arguments: [
        (
            "327 291 0:58 / /home rw,relatime shared:94 - tmpfs tmpfs rw\n328 327 0:40 /home/a/m /home/a/m ro,relatime shared:95 master:1 - overlay x rw",
            "/home/a/m/x"
        ),
        ("", "/tmp/m"), ("", "/run/x"), ("", "/srv/m"),
        ("315 291 0:58 / /srv rw,nodev shared:93 master:7 - tmpfs tmpfs rw", "/srv/m"),
        ("315 291 0:58 / /dev rw shared:93 - tmpfs tmpfs rw", "/dev/x"),
    ])
    func whatIsNotHiddenIsNotNamed(_ lines: String, _ path: String) {
        #expect(
            Concealment(of: path, writing: false, by: Self.table(lines), for: Self.service) == nil)
    }

    /// A tmpfs may be anybody's where there is no service.
    @Test func outsideOfAServiceOnlyWhatNobodyElseMountsCounts() {
        let temporary = Self.table("315 291 0:58 / /srv rw,nodev shared:93 - tmpfs tmpfs rw")
        #expect(Concealment(of: "/srv/m", writing: false, by: temporary, for: nil) == nil)
        let home = Self.table("327 291 0:48 /systemd/inaccessible/dir /home \(Self.inaccessible)")
        #expect(Concealment(of: "/home/a", writing: false, by: home, for: nil) != nil)
    }

    @Test(arguments: [
        ("ro", "/home /home ro", "/home/a", "ProtectHome=read-only"),
        ("rw", "/usr /usr ro", "/usr/local/spool", "ProtectSystem=full"),
        ("rw", "/srv /srv ro", "/srv/spool", "ReadOnlyPaths=/srv"),
        ("ro", "/x /x rw", "/srv/spool", "ProtectSystem=strict"),
    ])
    func whatCannotBeWrittenIsNamedToWhoWrites(
        _ root: String, _ mount: String, _ path: String, _ setting: String
    ) throws {
        let table = MountTable(
            parsing: """
                291 255 0:40 / / \(root),relatime shared:43 master:1 - overlay x rw
                327 291 0:40 \(mount),relatime shared:94 master:1 - overlay x rw
                """)
        let found = Concealment(of: path, writing: true, by: table, for: Self.service)
        let concealment = try #require(found)
        #expect(concealment.setting == setting && concealment.isReadOnly)
        #expect(concealment.lines == ["ReadWritePaths=\(path)"])
        #expect(Concealment(of: path, writing: false, by: table, for: Self.service) == nil)
        #expect(Concealment(of: path, writing: true, by: table, for: nil) == nil)
    }

    private static let unit = ServiceUnit(
        name: "reeld",
        parsing: """
            # /usr/local/lib/systemd/system/reeld.service
            [Unit]
            ProtectHome=no
            [Service]
            ExecStart=/usr/local/bin/reeld \\
                --config /etc/reeld/reeld.json5
            ProtectSystem=strict
            ReadWritePaths=/var/lib/reeld
            ProtectHome=yes
            PrivateTmp=yes
            InaccessiblePaths=/srv/never
            # /etc/systemd/system/reeld.service.d/override.conf
            [Service]
            InaccessiblePaths=
            InaccessiblePaths=-/srv/a /srv/b
            TemporaryFileSystem=/opt:ro
            BindReadOnlyPaths=/opt/shown /data/x:/opt/y
            ; ProtectHome=no
            LoadCredential=token:/etc/token
            """)

    @Test func aUnitsLastWordCounts() {
        let unit = Self.unit
        #expect(unit.value("ProtectHome") == "yes" && unit.value("None") == nil)
        #expect(unit.value("ExecStart")?.hasSuffix(" /etc/reeld/reeld.json5") == true)
        #expect(unit.paths("InaccessiblePaths") == ["/srv/a", "/srv/b"])
        #expect(unit.paths("BindReadOnlyPaths") == ["/opt/shown", "/opt/y"])
        #expect(unit.values("LoadCredential") == ["token:/etc/token"])
    }

    @Test(arguments: [
        ("/home/nobody/m", false, "ProtectHome=yes"),
        ("/srv/a/x", false, "InaccessiblePaths=/srv/a"),
        ("/srv/never/x", false, nil), ("/opt/z", false, "TemporaryFileSystem=/opt"),
        ("/opt/shown/z", false, nil), ("/opt/y/z", false, nil),
        ("/tmp/none", false, "PrivateTmp=yes"),
        ("/var/lib/reeld/x", true, nil), ("/srv/spool", true, "ProtectSystem=strict"),
        ("/srv/spool", false, nil),
    ])
    func aServiceIsLookedAtFromOutside(_ path: String, _ writing: Bool, _ setting: String?) {
        #expect(Concealment(of: path, writing: writing, by: Self.unit)?.setting == setting)
    }

    @Test func linksAreFollowedToWhereNothingIsToBeSeen() throws {
        let temporary = TemporaryDirectory()
        let directory = Concealment.withoutLinks(temporary.path)
        #expect(symlink("/nowhere/tools", "\(directory)/absolute") == 0)
        #expect(symlink("../nowhere/./tools", "\(directory)/relative") == 0)
        #expect(symlink("circle", "\(directory)/circle") == 0)
        let parent = directory.split(separator: "/").dropLast().joined(separator: "/")
        #expect(Concealment.withoutLinks("\(directory)/absolute/x") == "/nowhere/tools/x")
        #expect(
            Concealment.withoutLinks("\(directory)/relative/x") == "/\(parent)/nowhere/tools/x")
        #expect(Concealment.withoutLinks("\(directory)/circle/x") == "\(directory)/circle/x")
        #expect(Concealment.withoutLinks("/") == "/")
    }

    @Test(arguments: [
        ("0::/system.slice/reeld.service", "reeld"),
        ("0::/system.slice/reeld.service/.control", "reeld"),
        ("9:pids:/x.service\n1:name=systemd:/system.slice/own.service\n", "own"),
        ("0::/user.slice/user-0.slice/session-3.scope", nil),
        ("0::/user.slice/user-1.slice/user@1.service/app.slice/vte.service", nil), ("", nil),
        ("0::/", nil),
    ])
    func aServiceIsKnownByItsGroup(_ text: String, _ name: String?) {
        #expect(ServiceUnit.name(inGroups: text) == name)
    }
}
