import Glibc
import Testing

/// Who may ask for what: a job's owner, root and the daemon's own user. Files are given to others
/// here, which only root can.
@Suite(.enabled(if: getuid() == 0, "only root can make files that are others'"))
struct ControlOwnerTests {
    private let alice: uid_t = 61_001
    private let bob: uid_t = 61_002

    /// Puts a file of a user into the inbox.
    private func drop(_ name: String, by user: uid_t, _ house: House) throws {
        try writeFile("\(house.path)/draft", House.spec().utf8)
        #expect(chown("\(house.path)/draft", user, gid_t.max) == 0)
        #expect(rename("\(house.path)/draft", "\(house.root)/inbox/\(name)") == 0)
    }

    @Test(arguments: [true, false]) func anotherUserIsRefused(_ isRunning: Bool) async throws {
        let house = try House()
        var daemon = try await house.startPaused()
        house.openToAll()
        if !isRunning {
            daemon.send(SIGKILL)
            _ = try await daemon.exit()
        }
        try drop("job.json", by: alice, house)
        try house.request("job.json.cancel", by: bob)
        if !isRunning { daemon = try await house.start() }
        try await house.requestsAreDone()
        try await house.eventually("a word about it") {
            daemon.said("Refused job.json.cancel", "user \(bob)", "user \(alice)'s")
        }
        #expect(house.names(in: "inbox") == ["job.json"] && house.names(in: "failed") == [])
        try house.request("job.json.cancel", by: alice)
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.error?.message.contains("user \(alice)") == true)
        // Nor may another try again what is not his.
        try await house.requestsAreDone()
        try house.request("job.json.retry", by: bob)
        try await house.requestsAreDone()
        #expect(house.names(in: "failed") == ["job.json", "job.json.receipt"])
    }

    /// The daemon, which may not set the time of another user's file, has put a copy of its own in
    /// its place; and it is still that user's job.
    @Test func aCopyIsStillItsOwnersJob() async throws {
        let house = try House()
        let daemon = try await house.start()
        house.openToAll()
        try house.drop("job.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        let session = try await house.session(in: "deferred")
        // As Claim records it, and park replaces the file.
        let record = "\(house.root)/outputs/\(session)/metadata/session.json"
        let text = String(decoding: try readFile(record), as: UTF8.self)
        #expect(text.contains("\"owner\" : 0"))
        try writeFile(
            record,
            text.split(separator: "\"owner\" : 0").joined(separator: "\"owner\" : \(alice)")
                .utf8)
        try house.request("\(session).cancel", by: bob)
        try await house.requestsAreDone()
        try await house.eventually("a word about it") { daemon.said("Refused", "user \(bob)") }
        try house.request("\(session).cancel", by: alice)
        try await house.ended("job.json", in: "failed")
    }

    /// Somebody else's file is no request of his: a link to it, one that was moved here from
    /// elsewhere, a link by name.
    @Test func aFileThatItsOwnerDidNotPutThereIsNoRequest() async throws {
        let house = try House()
        let daemon = try await house.startPaused()
        try drop("job.json", by: alice, house)
        let request = "\(house.root)/control/job.json.cancel"

        try writeFile("\(house.path)/linked", [])
        #expect(chown("\(house.path)/linked", alice, getgid()) == 0)
        #expect(link("\(house.path)/linked", request) == 0)
        try await house.eventually("a word about it") { daemon.said("Refused", "it has 2 names") }
        try await house.eventually("it is gone") { house.names(in: "control") == ["paused"] }

        #expect(chown("\(house.path)/linked", alice, 61_000) == 0)
        #expect(rename("\(house.path)/linked", request) == 0)
        try await house.eventually("a word about it") {
            daemon.said("Refused", "not made in control/")
        }
        try await house.eventually("it is gone") { house.names(in: "control") == ["paused"] }

        #expect(symlink("\(house.root)/inbox/job.json", "\(house.path)/link") == 0)
        #expect(lchown("\(house.path)/link", alice, gid_t.max) == 0)
        #expect(rename("\(house.path)/link", request) == 0)
        try await house.eventually("a word about it") { daemon.said("Refused", "symbolic link") }

        // What is no request at all is in nobody's way any more, whatever it is.
        try house.request("job.json.cancle")
        // Made elsewhere: as soon as it is there it may be removed.
        #expect(mkdir("\(house.path)/directory", 0o755) == 0)
        try writeFile("\(house.path)/directory/file", [])
        #expect(rename("\(house.path)/directory", "\(house.root)/control/job.json.hold") == 0)
        try await house.eventually("both are removed") { house.names(in: "control") == ["paused"] }
        try await house.eventually("a word about it") {
            daemon.said("Removed control/", "no request")
        }
        #expect(house.names(in: "inbox") == ["job.json"])
    }
}
