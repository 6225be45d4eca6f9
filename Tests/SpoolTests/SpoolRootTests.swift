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
