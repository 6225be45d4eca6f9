import Glibc
import Testing

/// Files of other users, which the daemon may not read or not change. Root may do all that, so for
/// root the daemon runs as another user.
@Suite struct UnreadableTests {
    @Test(
        .enabled(if: House.canBeSomebodyElse, "root reads every file, and there is no setpriv(1)"))
    func waitsForItsPermissions() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        let prefix = try house.somebodyElse()
        let daemon = try await house.start(prefix: prefix)
        let draft = "\(house.path)/draft"
        try writeFile(draft, House.spec().utf8)
        #expect(chmod(draft, 0) == 0)
        let inbox = "\(house.root)/inbox"
        #expect(rename(draft, "\(inbox)/secret.json") == 0)
        try await house.eventually("a word about it") { daemon.said("inbox/secret.json alone") }
        #expect(daemon.said("secret.json", "permission denied", "chmod"))
        // Who asks what becomes of it sees it without the log, until it is mended.
        func listed() async throws -> String { try await house.runReelctl("list").text }
        try await house.eventually("it is written down") {
            let bytes = (try? readFile("\(house.root)/state/status.json")) ?? []
            return String(decoding: bytes, as: UTF8.self).contains("secret.json")
        }
        #expect(try await listed().contains("cannot read"))
        let shown = try await house.runReelctl("show", "secret.json").text
        #expect(shown.contains("Why: permission denied") && shown.contains("chmod g+r"))
        // Several scans later there is still one line.
        for number in 0..<5 {
            try house.drop("good\(number).json")
            try await house.ended("good\(number).json")
        }
        #expect(daemon.count(of: "inbox/secret.json alone") == 1)
        #expect(house.names(in: "inbox") == ["secret.json"])
        // Nor is it said again because the configuration was read.
        daemon.send(SIGHUP)
        try await house.eventually("it is reloaded") { daemon.said("Reloaded the configuration") }
        try house.drop("last.json")
        try await house.ended("last.json")
        #expect(daemon.count(of: "inbox/secret.json alone") == 1)
        #expect(chmod("\(inbox)/secret.json", 0o644) == 0)
        try await house.ended("secret.json")
        house.expectNothingInFlight()
    }

    /// By events alone, or by polling alone: a directory's times do not show it.
    @Test(
        .enabled(if: House.canBeSomebodyElse, "root reads every file, and there is no setpriv(1)"),
        arguments: ["auto", "poll"])
    func noticesThatPermissionsAreMended(_ watch: String) async throws {
        var settings = HouseSettings()
        settings.inbox =
            "quiet_time: 0.1, scan_interval: 3600, watch: \"\(watch)\", poll_interval: 0.1"
        let house = try House(settings)
        let daemon = try await house.start(prefix: house.somebodyElse())
        let path = "\(house.root)/inbox/secret.json"
        try writeFile("\(house.path)/draft", House.spec().utf8)
        #expect(chmod("\(house.path)/draft", 0) == 0)
        #expect(rename("\(house.path)/draft", path) == 0)
        try await house.eventually("a word about it") { daemon.said("inbox/secret.json alone") }
        // Long enough for a listing that counts for good.
        if watch == "poll" { try await Task.sleep(for: .seconds(3)) }
        #expect(daemon.count(of: "inbox/secret.json alone") == 1)
        #expect(chmod(path, 0o644) == 0)
        try await house.ended("secret.json")
        house.expectNothingInFlight()
    }

    /// With CAP_LEASE, as under systemd, the daemon knows when another user's file is whole; its
    /// tools get no capability from it.
    @Test(.enabled(if: getuid() == 0 && House.canBeSomebodyElse, "only root has capabilities"))
    func doesNotWaitForTheQuietTimeOfAnotherUsersFile() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 3600, scan_interval: 3600"
        settings.pipelines["status"] = [
            .shell("status", "grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status >$OUT/status.txt")
        ]
        let house = try House(settings)
        _ = try await house.start(prefix: house.somebodyElse(capabilities: "-all,+lease"))
        let path = "\(house.root)/inbox/job.json"
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        let spec = Array(House.spec("status").utf8)
        #expect(write(file, spec, 20) == 20)
        try house.drop("other.json")
        try await house.ended("other.json")
        #expect(house.names(in: "inbox") == ["job.json"])
        #expect(write(file, Array(spec[20...]), spec.count - 20) == spec.count - 20)
        close(file)
        let output = try #require(try await house.ended("job.json").outputs.first)
        let sets = String(decoding: try house.published(output), as: UTF8.self)
        #expect(sets.split(separator: "\n").count == 4)
        #expect(sets.split(separator: "\n").allSatisfy { $0.hasSuffix("\t0000000000000000") })
        house.expectNothingInFlight()
    }

    /// Only a file's owner may set its time of modification.
    @Test(.enabled(if: House.canBeSomebodyElse, "root may do that to every file"))
    func aFileOfAnotherUserIsParkedAsWell() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        _ = try await house.start(prefix: house.somebodyElse())
        let spec = House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\"")
        try house.drop("later.json", spec)
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        let name = try #require(house.names(in: "deferred").first)
        var status = stat()
        #expect(stat("\(house.root)/deferred/\(name)", &status) == 0)
        #expect(status.st_mtim.tv_sec == 4_070_908_800)
        #expect(utimes("\(house.root)/deferred/\(name)", nil) == 0)
        try await house.ended("later.json")
        #expect(try readFile("\(house.root)/done/later.json") == Array(spec.utf8))
        house.expectNothingInFlight()
    }
}
