import Core
import Foundation
import Linux
import Spool
import TestSupport
import Testing

@Suite struct ClaimTests {
    private let sandbox: SpoolSandbox
    private var root: SpoolRoot { sandbox.root }

    init() throws { sandbox = try SpoolSandbox() }

    @Test func movesTheFileAndMakesAWholeSession() async throws {
        let session = try await sandbox.session("a.json", "{copy}")
        let id = session.id.description
        #expect(try sandbox.list("inbox").isEmpty)
        #expect(try sandbox.list("active") == ["\(id).json"])
        #expect(try sandbox.list("outputs") == [".staging", id])
        #expect(try sandbox.list("outputs/.staging").isEmpty)
        #expect(try sandbox.list("outputs/\(id)") == ([".work"] + Session.directories).sorted())
        #expect(sandbox.text("outputs/\(id)/metadata/job.json") == "{copy}")
        let record = session.record
        #expect(record.job == "a.json" && record.pipeline == "copy")
        #expect(record.claimed == sandbox.time.now && record.outcome == nil)
    }

    @Test(arguments: [([7], 200), ([7, 7, 8, 7], 20), ([0xFFFF_FFFE], 20)] as [([UInt32], Int)])
    func manyInOneSecondGetDifferentSessionsThoughTheyAreCalledTheSame(
        _ handles: [UInt32], _ count: Int
    ) async throws {
        let claim = sandbox.claim(handles: handles)
        var ids: Set<SessionID> = []
        for number in 1...count {
            let name = FileName("\(number).json")
            try sandbox.drop(name)
            let result = try claim.claim(name, in: root[.inbox])
            if case .job(let session, _) = result {
                try session.update()
                ids.insert(session.id)
            }
        }
        #expect(ids.count == count)
        #expect(try sandbox.list("active").count == count)
        #expect(try sandbox.list("outputs/.staging").isEmpty)
    }

    @Test func concurrentClaimsGetDifferentSessions() async throws {
        let claim = sandbox.claim(handles: [1])
        let ids = try await withThrowingTaskGroup(of: SessionID?.self) { group in
            for number in 1...50 {
                let name = FileName("\(number).json")
                try sandbox.drop(name, "{\(number)}")
                group.addTask {
                    let result = try claim.claim(name, in: sandbox.root[.inbox])
                    guard case .job(let session, let header) = result else { return nil }
                    try session.update()
                    let record = session.record
                    return record.job == "\(header?.pipeline ?? "").json" ? session.id : nil
                }
            }
            var ids: Set<SessionID> = []
            for try await id in group { if let id { ids.insert(id) } }
            return ids
        }
        #expect(ids.count == 50)
    }

    @Test(arguments: ["outputs/ID/x", "active/ID.json", "deferred/ID.json"])
    func anIdThatIsAnywhereIsNotGivenAgain(_ place: String) async throws {
        let taken = SessionID(at: Int(sandbox.time.now.secondsSince1970), JobHandle(5))
        try sandbox.write("", to: place.replacingOccurrences(of: "ID", with: "\(taken)"))
        try sandbox.drop("a.json")
        let result = try sandbox.claim(handles: [5]).claim(
            "a.json", in: root[.inbox])
        guard case .job(let session, _) = result else { throw Unexpected(what: "\(result)") }
        #expect(session.id != taken)
    }

    /// Looked at while it was a job, and another's secret by a link when it was claimed.
    @Test func whatMayBeSomebodyElsesIsNotRead() throws {
        try sandbox.write("{secret}", to: "private")
        chmod("\(sandbox.path)/private", 0o600)
        link("\(sandbox.path)/private", "\(sandbox.path)/inbox/a.json")
        let result = try sandbox.claim().claim("a.json", in: root[.inbox])
        guard case .invalid(let session, let failure) = result else {
            throw Unexpected(what: "\(result)")
        }
        #expect(failure.code == "borrowed_file")
        #expect(sandbox.text("outputs/.staging/\(session.id)/metadata/job.json") == nil)
    }

    @Test func aVanishedFileLeavesNothing() async throws {
        try sandbox.drop("a.json")
        try sandbox.remove("inbox/a.json")
        let result = try sandbox.claim().claim("a.json", in: root[.inbox])
        guard case .gone = result else { throw Unexpected(what: "\(result)") }
        #expect(try sandbox.list("outputs/.staging").isEmpty)
        #expect(try sandbox.list("outputs") == [".staging"])
        #expect(try sandbox.list("active").isEmpty)
    }

    @Test func twoClaimsOfOneFileMakeOneSession() async throws {
        try sandbox.drop("a.json")
        let claim = sandbox.claim()
        async let first = claim.claim("a.json", in: root[.inbox])
        async let second = claim.claim("a.json", in: root[.inbox])
        var sessions = 0
        for result in try await [first, second] {
            guard case .job(let session, _) = result else { continue }
            try session.update()
            sessions += 1
        }
        #expect(sessions == 1)
        #expect(try sandbox.list("active").count == 1)
        #expect(try sandbox.list("outputs/.staging").isEmpty)
    }

    @Test func takesWhatTheFileSaysNowNotWhatItSaid() async throws {
        try sandbox.drop("a.json", "{old}")
        try sandbox.drop("a.json", "{new}")
        let result = try sandbox.claim().claim("a.json", in: root[.inbox])
        guard case .job(let session, let header) = result else {
            throw Unexpected(what: "\(result)")
        }
        try session.update()
        #expect(header?.pipeline == "new")
        #expect(session.record.pipeline == "new")
        #expect(sandbox.text("outputs/\(session.id)/metadata/job.json") == "{new}")
    }

    @Test func onlyTheCopyCountsOnceItIsMade() async throws {
        try sandbox.drop("a.json", "{copy}")
        let writer = try root[.inbox].open("a.json", O_WRONLY)
        let result = try sandbox.claim().claim("a.json", in: root[.inbox])
        guard case .job(let session, _) = result else { throw Unexpected(what: "\(result)") }
        let id = session.id
        try session.update()
        try writer.write(Array("{evil}".utf8))
        #expect(sandbox.text("outputs/\(id)/metadata/job.json") == "{copy}")
    }

    private func claim(adding effective: EffectiveSpec?) -> Claim {
        let time = sandbox.time
        return Claim(
            root: root, settling: Settling(quietTime: .zero),
            parse: { _ in JobHeader(pipeline: "copy", effective: effective) }, now: { time.now })
    }

    /// The claim dies before its session is whole, and the configuration changes before the next daemon goes on.
    @Test func whatTheConfigurationAddsIsOnRecordWithTheSessionOrNotAtAll() throws {
        let first = EffectiveSpec(
            bytes: Array("first".utf8), preset: "a", origins: ["voice": "preset a"])
        let second = EffectiveSpec(
            bytes: Array("second".utf8), preset: nil, origins: ["voice": "defaults"])
        try sandbox.drop("a.json")
        let died = try claim(adding: first).claim("a.json", in: root[.inbox])
        let id = try #require(died.session)
        for next in [nil, second] {
            let result = try claim(adding: next).resume(id)
            guard case .job(let session, _) = result else { throw Unexpected(what: "\(result)") }
            #expect(session.record.origins == next?.origins && session.record.preset == nil)
            let place = "outputs/.staging/\(id)/metadata/effective.json"
            #expect(sandbox.text(place) == (next == nil ? nil : "second"))
            if next != nil { try session.update() }
        }
        // From there on nothing changes it.
        let result = try claim(adding: first).resume(id)
        guard case .job(let session, _) = result else { throw Unexpected(what: "\(result)") }
        #expect(session.record.origins == second.origins)
        #expect(sandbox.text("outputs/\(id)/metadata/effective.json") == "second")
    }

    private static let exchanges: [(String, @Sendable (String) -> Void)] = [
        ("invalid_spec", { path in truncate(path, 0) }),
        ("too_large", { path in truncate(path, off_t(largestSpec) + 1) }),
        (
            "not_a_file",
            { path in
                unlink(path); symlink("/etc/hostname", path)
            }
        ),
        (
            "not_a_file",
            { path in
                unlink(path); mkdir(path, 0o755)
            }
        ),
        (
            "not_a_file",
            { path in
                unlink(path); mkfifo(path, 0o600)
            }
        ),
    ]

    @Test(arguments: exchanges.indices)
    func whatBecameAnythingElseSinceItWasLookedAtIsInvalid(_ index: Int) async throws {
        let (code, exchange) = Self.exchanges[index]
        try sandbox.drop("a.json")
        exchange("\(sandbox.path)/inbox/a.json")
        let result = try sandbox.claim().claim("a.json", in: root[.inbox])
        guard case .invalid(let session, let failure) = result else {
            throw Unexpected(what: "\(result)")
        }
        let id = session.id
        #expect(session.record.job == "a.json")
        #expect(failure.code == code)
        #expect(try sandbox.list("active") == ["\(id).json"])
        #expect(try sandbox.list("outputs/.staging") == ["\(id)"])
        #expect(try sandbox.list("outputs") == [".staging"])
    }

    @Test func aClaimThatFailsAfterItsRenameCanBeResumed() async throws {
        try sandbox.drop("a.json")
        let result = try sandbox.claim(handles: [5]).claim("a.json", in: root[.inbox])
        guard case .job(let session, _) = result else { throw Unexpected(what: "\(result)") }
        // Appears between the reservation and the session's move to outputs/.
        try sandbox.write("", to: "outputs/\(session.id)/x")
        #expect(throws: Failure.self) { try session.update { $0.plan = ["cut"] } }
        #expect(session.record.plan.isEmpty)
        #expect(session.isStaged)
        #expect(try sandbox.list("outputs/.staging") == ["\(session.id)"])
        try sandbox.remove("outputs/\(session.id)")
        guard case .job(let again, _) = try sandbox.claim().resume(session.id) else {
            throw Unexpected(what: "no job")
        }
        try again.update { $0.plan = ["cut"] }
        #expect(again.record.job == "a.json")
        #expect(try sandbox.list("outputs") == [".staging", "\(session.id)"])
        #expect(try sandbox.list("outputs/.staging").isEmpty)
    }
}

/// A claim that a crash cut short at each of its stages.
@Suite struct ClaimResumptionTests {
    private let sandbox: SpoolSandbox
    private let id = SessionID(at: 1_795_409_565, JobHandle(99))

    init() throws { sandbox = try SpoolSandbox() }

    private func findings() throws -> [String] {
        try Recovery(root: sandbox.root).run().map { "\($0)" }
    }

    /// Builds a session by a claim, then puts it back to where the crash found it.
    private func stage(claimed: Bool) async throws -> SessionID {
        let id = try await sandbox.session("a.json", "{copy}").id
        try sandbox.move("outputs/\(id)", to: "outputs/.staging/\(id)")
        try sandbox.remove("outputs/.staging/\(id)/metadata/job.json")
        if !claimed { try sandbox.move("active/\(id).json", to: "inbox/a.json") }
        return id
    }

    @Test func stagedButNotClaimedIsRemovedAndTheFileStays() async throws {
        _ = try await stage(claimed: false)
        #expect(try findings().isEmpty)
        #expect(try sandbox.list("outputs/.staging").isEmpty)
        #expect(try sandbox.list("inbox") == ["a.json"])
    }

    @Test func stagedAndClaimedGoesOn() async throws {
        let id = try await stage(claimed: true)
        #expect(try findings() == ["\(Recovery.Finding.claim(id))"])
        guard case .job(let session, let header) = try sandbox.claim().resume(id) else {
            throw Unexpected(what: "no job")
        }
        try session.update()
        #expect(session.id == id && header?.pipeline == "copy")
        #expect(session.record.job == "a.json")
        #expect(sandbox.text("outputs/\(id)/metadata/job.json") == "{copy}")
        #expect(try sandbox.list("outputs/.staging").isEmpty)
    }

    @Test func stagedAndClaimedGarbageIsStillInvalid() async throws {
        let id = try await stage(claimed: true)
        try sandbox.write("no", to: "active/\(id).json")
        guard case .invalid(let session, _) = try sandbox.claim().resume(id) else {
            throw Unexpected(what: "not invalid")
        }
        #expect(session.id == id && session.record.job == "a.json")
    }

    @Test func claimedWithoutWhatWasStagedIsLost() async throws {
        try sandbox.write("{copy}", to: "active/\(id).json")
        #expect(try findings() == ["\(Recovery.Finding.claim(id))"])
        guard case .lost(id) = try sandbox.claim().resume(id) else {
            throw Unexpected(what: "found")
        }
        try sandbox.make("outputs/.staging/\(id)/metadata")
        guard case .lost(id) = try sandbox.claim().resume(id) else {
            throw Unexpected(what: "found")
        }
    }

    /// What it says may be of use to another version, or to somebody who looks.
    @Test(arguments: [("", "record_damaged"), (#"{"format": 2}"#, "record_newer")])
    func aStagedRecordThatIsNoneOfThisVersionIsLeft(_ text: String, _ code: String) async throws {
        let place = "outputs/.staging/\(id)/metadata/session.json"
        try sandbox.write("{copy}", to: "active/\(id).json")
        try sandbox.write(text, to: place)
        let failure = #expect(throws: Failure.self) { try sandbox.claim().resume(id) }
        #expect(failure?.code == code && sandbox.text(place) == text)
    }

    @Test func aWholeSessionIsAJobAndSoIsItsClaim() async throws {
        let id = try await sandbox.session("a.json", "{copy}").id
        #expect(try findings() == ["\(Recovery.Finding.job(id))"])
        guard case .job(let session, let header) = try sandbox.claim().resume(id) else {
            throw Unexpected(what: "no job")
        }
        try session.update()
        #expect(session.record.job == "a.json" && header?.pipeline == "copy")
    }

    @Test func aFileOfAnyTimeMakesARecordThatCanBeReadAgain() async throws {
        // Only some file systems keep such times; the claim must take them all.
        try sandbox.write("{copy}", to: "inbox/a.json")
        try sandbox.root[.inbox].setModified("a.json", to: 400_000_000_000)
        let result = try sandbox.claim().claim("a.json", in: sandbox.root[.inbox])
        let id = try #require(result.session)
        guard case .job = try sandbox.claim().resume(id) else {
            throw Unexpected(what: "no job")
        }
    }

    /// Its owner saves it again, in place, at the very moment of the claim: it is judged when that is over.
    @Test func aFileThatIsBeingSavedAgainIsJudgedWhenItIsWhole() async throws {
        try sandbox.write("{copy}", to: "inbox/a.json")
        let writer = open("\(sandbox.path)/inbox/a.json", O_WRONLY | O_TRUNC | O_CLOEXEC)
        #expect(write(writer, "{co", 3) == 3)
        let claimed = Task {
            try sandbox.claim().claim("a.json", in: sandbox.root[.inbox])
        }
        // It is being looked at, or soon will be.
        while try sandbox.list("active").isEmpty { await Task.yield() }
        #expect(write(writer, "py}", 3) == 3)
        close(writer)
        guard case .job(let session, _) = try await claimed.value else {
            throw Unexpected(what: "\(claimed)")
        }
        #expect(session.record.job == "a.json" && session.record.pipeline == "copy")
    }
}
