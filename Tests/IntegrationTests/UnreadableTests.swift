import Glibc
import Testing

/// Files of other users, which the daemon may not read or not change. Root may do all that, so for
/// root the daemon runs as another user.
@Suite struct UnreadableTests {
    private static let other: uid_t = 65_534
    private static let setpriv = "/usr/bin/setpriv"

    /// Whether the daemon can run as a user for whom permissions count.
    private static var canBeSomebodyElse: Bool {
        getuid() != 0 || access(setpriv, X_OK) == 0
    }

    @Test(.enabled(if: canBeSomebodyElse, "root reads every file, and there is no setpriv(1)"))
    func waitsForItsPermissions() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        let prefix = try somebodyElse(house)
        let daemon = try await house.start(prefix: prefix)
        let draft = "\(house.path)/draft"
        try writeFile(draft, House.spec().utf8)
        #expect(chmod(draft, 0) == 0)
        let inbox = "\(house.root)/inbox"
        #expect(rename(draft, "\(inbox)/secret.json") == 0)
        try await house.eventually("a word about it") { daemon.said("inbox/secret.json alone") }
        #expect(daemon.said("secret.json", "permission denied", "chmod"))
        // Several scans later there is still one line.
        for number in 0..<5 {
            try house.drop("good\(number).json")
            try await house.ended("good\(number).json")
        }
        #expect(daemon.count(of: "inbox/secret.json alone") == 1)
        #expect(house.names(in: "inbox") == ["secret.json"])
        #expect(chmod("\(inbox)/secret.json", 0o644) == 0)
        try await house.ended("secret.json")
        house.expectNothingInFlight()
    }

    /// Only a file's owner may set its time of modification.
    @Test(.enabled(if: canBeSomebodyElse, "root may do that to every file"))
    func aFileOfAnotherUserIsParkedAsWell() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        _ = try await house.start(prefix: somebodyElse(house))
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

    /// What to put before the daemon so that it runs as a user who owns the house and nothing else.
    private func somebodyElse(_ house: House) throws -> [String] {
        guard getuid() == 0 else { return [] }
        let id = "\(Self.other)"
        #expect(chown(house.path, Self.other, Self.other) == 0)
        return [Self.setpriv, "--reuid", id, "--regid", id, "--clear-groups", "--inh-caps=-all"]
    }
}
