import Core
import Glibc
import Linux
import TestSupport
import Testing

@testable import Pipeline

@Suite struct CredentialStoreTests {
    private let temporary = TemporaryDirectory()
    private let home: Directory
    private let store: CredentialStore

    init() throws {
        home = try Directory(path: temporary.path)
        try home.make("given")
        for name in ["token", "other"] {
            try home.directory("given").write(Array("the \(name)".utf8), to: FileName(name))
        }
        store = CredentialStore(
            source: "\(temporary.path)/given", place: "\(temporary.path)/place")
    }

    @Test func aStepGetsWhatItNamesAndNothingElse() throws {
        let handout = try #require(try store.handOut(["token"]))
        let directory = try Directory(path: handout.path)
        #expect(try directory.entries() == ["token"])
        #expect(try directory.read("token", limit: 100) == Array("the token".utf8))
        #expect(try directory.status("token")?.mode == 0o400)
        #expect(try directory.status().mode & 0o777 == 0o700)
        #expect(try home.status("place")?.mode ?? 0 & 0o777 == 0o700)
        #expect(try store.handOut([]) == nil)
        handout.remove()
        #expect(try home.directory("place").entries() == [])
    }

    @Test func runsAtOnceHaveTheirOwn() throws {
        let first = try #require(try store.handOut(["token"]))
        let second = try #require(try store.handOut(["token", "other"]))
        first.remove()
        #expect(try Directory(path: second.path).entries().sorted() == ["other", "token"])
    }

    @Test func whatAKilledDaemonLeftIsCleared() throws {
        _ = try store.handOut(["token"])
        try store.clear()
        #expect(try !home.contains("place"))
        try store.clear()
    }

    @Test func oneThatIsMissingIsNamedWithWhatToDo() throws {
        let failure = #expect(throws: Failure.self) { try store.handOut(["token", "none"]) }
        #expect(failure?.kind == .unavailable && failure?.code == "credential_missing")
        #expect(failure?.description.contains("LoadCredential=none:") == true)
        #expect(try !home.contains("place"))
        let nothing = CredentialStore(source: nil, place: store.place)
        #expect(nothing.failure("token")?.cause.contains("$CREDENTIALS_DIRECTORY") == true)
        #expect(store.failure("token") == nil)
    }

    @Test func aPlaceThatCannotBeMadeIsNoFaultOfTheJob() throws {
        let lost = CredentialStore(source: store.source, place: "\(temporary.path)/none/place")
        let failure = #expect(throws: Failure.self) { try lost.handOut(["token"]) }
        #expect(failure?.kind == .unavailable)
    }

    /// The place may be where everybody makes directories.
    @Test func aPlaceOfOthersIsNotUsed() throws {
        try home.make("place", mode: 0o755)
        try home.setMode("place", to: 0o755)
        #expect(throws: Failure.self) { try store.handOut(["token"]) }
        #expect(try home.directory("place").entries() == [])
        try home.removeTree("place")
        try home.make("elsewhere", mode: 0o700)
        #expect(symlink("\(temporary.path)/elsewhere", store.place) == 0)
        #expect(throws: Failure.self) { try store.handOut(["token"]) }
        #expect(try home.directory("elsewhere").entries() == [])
    }
}
