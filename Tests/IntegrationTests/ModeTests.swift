import Glibc
import Testing

/// Every mode and owner under a root is as the table in docs/design.md says.
@Suite struct ModeTests {
    private static let rows = [
        ("`inbox`, `control`", "3770"),
        (
            "`active`, `deferred`, `held`, `done`, `failed`, `rejected`, `outputs`, `outputs/.staging`, `state`",
            "2750"
        ),
        ("`outputs/SESSION` and the directories in it", "2750"),
        ("files in `outputs/SESSION` but for what tools made, receipts, `state/lock`", "640"),
    ]

    @Test func theDocumentedTableIsThisOne() throws {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = String(decoding: try readFile("/\(source)/docs/design.md"), as: UTF8.self)
        for (what, mode) in Self.rows {
            #expect(page.contains("\n| \(what) | \(mode) |\n"), "\(what)")
        }
    }

    /// With the umask of the service.
    @Test func aFinishedRootIsAsDocumented() async throws {
        var settings = HouseSettings()
        settings.pipelines["busy"] = [.shell("call", "exit 69")]
        settings.retry = "first_delay: 3600, longest_delay: 3600"
        let house = try House(settings)
        let umask = ["/bin/sh", "-c", "umask 0027; exec \"$@\"", "sh"]
        _ = try await house.start(prefix: umask)
        try house.drop("good.json")
        try house.drop("bad.json", "no")
        try house.drop("later.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        try house.drop("busy.json", House.spec("busy"))
        try await house.ended("good.json")
        try await house.ended("bad.json", in: "rejected")
        try await house.eventually("two are parked") { house.names(in: "deferred").count == 2 }
        var count = 0
        try walk(house.root, "") { path, status in
            count += 1
            let mode = String(status.st_mode & 0o7777, radix: 8)
            #expect(mode == expected(path, status), "\(path)")
            #expect(status.st_uid == getuid(), "\(path)")
        }
        #expect(count > 50)
    }

    /// In a root of an earlier version members of the group could take names that jobs need.
    @Test func aRootOfAnEarlierVersionIsClosed() async throws {
        let house = try House()
        let first = try await house.start()
        first.send(SIGTERM)
        #expect(try await first.exit() == .exited(0))
        for name in ["held", "failed", "rejected"] {
            #expect(chmod("\(house.root)/\(name)", 0o3770) == 0)
        }
        let second = try await house.start()
        #expect(second.said("may not write in held/, failed/, rejected/ any more"))
        try walk(house.root, "") { path, status in
            guard status.st_mode & S_IFMT == S_IFDIR else { return }
            #expect(String(status.st_mode & 0o7777, radix: 8) == expected(path, status), "\(path)")
        }
        second.send(SIGTERM)
        #expect(try await second.exit() == .exited(0))
        #expect(try await !house.start().said("any more"))
    }

    private func expected(_ path: String, _ status: stat) -> String {
        let parts = path.split(separator: "/")
        if status.st_mode & S_IFMT == S_IFDIR {
            let isOpen = ["inbox", "control"].contains(path)
            return isOpen ? "3770" : "2750"
        }
        // Dropped files come as they are, and the tool's own is made by the umask.
        let isDropped = parts[0] != "outputs" && !path.hasSuffix(".receipt") && parts[0] != "state"
        return isDropped ? "644" : "640"
    }

    private func walk(
        _ root: String, _ path: String, _ body: (String, stat) throws -> Void
    ) throws {
        for name in names(in: "\(root)/\(path)") {
            let place = path.isEmpty ? name : "\(path)/\(name)"
            var status = stat()
            guard lstat("\(root)/\(place)", &status) == 0 else { continue }
            try body(place, status)
            if status.st_mode & S_IFMT == S_IFDIR { try walk(root, place, body) }
        }
    }
}
