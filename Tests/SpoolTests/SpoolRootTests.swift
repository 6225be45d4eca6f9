import Core
import Foundation
import Linux
import Spool
import TestSupport
import Testing

@Suite struct SpoolRootTests {
    private let temporary = TemporaryDirectory()

    @Test func makesWhatIsMissingAndKeepsWhatIsThere() throws {
        let path = "\(temporary.path)/a/b"
        let root = try SpoolRoot(creating: path)
        try root[.inbox].write([1], to: "a.json")
        let again = try SpoolRoot(creating: path)
        #expect(try again[.inbox].entries() == ["a.json"])
        #expect(
            try Set(again.directory.entries().map(\.display))
                == Set(SpoolDirectory.allCases.map(\.rawValue)))
        for state in SpoolDirectory.allCases {
            #expect(again[state].path == "\(path)/\(state.rawValue)")
        }
        #expect(try again.staging.entries().isEmpty)
    }

    /// What members of the group could do in a root of an earlier version they may not any more; a mode
    /// that somebody chose is left.
    @Test func whatWasOpenOnceIsClosed() throws {
        let root = try SpoolRoot(creating: temporary.path)
        #expect(try root.closeOnceOpen() == [])
        for name in ["held", "failed", "inbox"] {
            #expect(chmod("\(temporary.path)/\(name)", 0o3770) == 0)
        }
        #expect(chmod("\(temporary.path)/rejected", 0o3777) == 0)
        #expect(try root.closeOnceOpen() == [.held, .failed])
        let modes = try ["held", "failed", "inbox", "rejected"].map {
            try root.directory.status(FileName($0))?.mode
        }
        #expect(modes == [0o2750, 0o2750, 0o3770, 0o3777])
        #expect(try root.closeOnceOpen() == [])
    }

    @Test func aRootThatIsNotThereCannotBeOpened() {
        #expect(throws: SystemError.self) { try SpoolRoot(path: "\(temporary.path)/none") }
    }

    @Test func hasOnePathHoweverItIsSpelled() throws {
        let path = "\(temporary.path)/root"
        let link = "\(temporary.path)/link"
        let root = try SpoolRoot(creating: path)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(root.path == path)
        #expect(try SpoolRoot(creating: link).path == path)
        #expect(try SpoolRoot(path: "\(link)/../root/").path == path)
    }

    /// Who has it, as far as that is told.
    private func holder(of root: SpoolRoot) throws -> Int? {
        switch try root.lock() {
        case .success: throw Unexpected(what: "it was free")
        case .failure(let held): return held.pid
        }
    }

    @Test func isLockedWhateverBecomesOfTheFileThatSaysSo() throws {
        let path = "\(temporary.path)/root"
        let lock = try SpoolRoot(creating: path).lock().get()
        let other = try SpoolRoot(path: path)
        #expect(try holder(of: other) == Int(getpid()))
        try other[.state].remove("lock")
        #expect(try holder(of: other) == nil)
        #expect(try other.isLocked())
        withExtendedLifetime(lock) {}
    }

    /// As by a daemon of an earlier version, or of another machine.
    @Test func isLockedByTheFileToo() throws {
        let root = try SpoolRoot(creating: "\(temporary.path)/root")
        let lock = try FileLock.take("lock", in: root[.state]).get()
        #expect(try root.isLocked())
        #expect(try holder(of: root) == Int(getpid()))
        withExtendedLifetime(lock) {}
    }

    @Test func knowsWhenItsPathLeadsElsewhere() throws {
        let (path, link) = ("\(temporary.path)/root", "\(temporary.path)/link")
        _ = try SpoolRoot(creating: path)
        _ = try SpoolRoot(creating: path + ".other")
        #expect(symlink(path, link) == 0)
        let roots = try [path, link, "\(link)/../root"].map { try SpoolRoot(path: $0) }
        #expect(roots.map { $0.replaced != nil } == [false, false, false])
        #expect(unlink(link) == 0 && symlink(path + ".other", link) == 0)
        #expect(roots.map { $0.replaced != nil } == [false, true, false])
        #expect(rename(path, path + ".moved") == 0)
        #expect(roots.map { $0.replaced != nil } == [true, true, true])
        #expect(rename(path + ".other", path) == 0)
        #expect(roots.map { $0.replaced != nil } == [true, true, true])
    }

    @Test func theInboxIsTheOneItsPathLeadsToMadeAgainIfItIsGone() throws {
        let root = try SpoolRoot(creating: temporary.path)
        #expect(try root.reopenedInbox().identity == root[.inbox].identity)
        try FileManager.default.moveItem(
            atPath: "\(temporary.path)/inbox", toPath: "\(temporary.path)/old")
        let again = try root.reopenedInbox()
        #expect(again.identity != root[.inbox].identity)
        #expect(try root.reopenedInbox().identity == again.identity)
    }

    @Test func pathsBecomeAbsolute() {
        let here = FileManager.default.currentDirectoryPath
        #expect(SpoolRoot.absolute("/a") == "/a")
        #expect(SpoolRoot.absolute("a/b") == "\(here)/a/b")
    }
}
