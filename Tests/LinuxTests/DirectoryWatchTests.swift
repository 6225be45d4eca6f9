import Core
import Glibc
import Linux
import TestSupport
import Testing

@Suite struct DirectoryWatchTests {
    private let temporary = TemporaryDirectory()
    private let directory: Directory
    private var path: String { temporary.path }
    private var inbox: String { "\(temporary.path)/inbox" }

    init() throws {
        let parent = try Directory(path: temporary.path)
        try parent.make("inbox")
        directory = try parent.directory("inbox")
    }

    /// Makes a file without opening it: a child that another test is just starting would close it
    /// after us.
    private func make(_ path: String) { mknod(path, S_IFREG | 0o600, 0) }

    /// A watch; waits for one as long as a user's other processes have all there are (EMFILE).
    private func watch() async throws -> DirectoryWatch {
        while true {
            do throws(SystemError) { return try DirectoryWatch(directory) } catch {
                guard error.errno == EMFILE else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// The first so many hints at `change`.
    private func hints(
        _ count: Int, _ change: () throws -> Void
    ) async throws -> [DirectoryWatch.Hint] {
        let watch = try await watch()
        try change()
        return await watch.hints.prefix(count).reduce(into: []) { $0.append($1) }
    }

    /// What is hinted at while `change` happens, up to the making of a last file.
    private func hints(_ change: () throws -> Void) async throws -> [DirectoryWatch.Hint] {
        let watch = try await watch()
        try change()
        symlink("x", "\(inbox)/last")
        var hints: [DirectoryWatch.Hint] = []
        for await hint in watch.hints {
            if hint == .look("last") || hint == .gone { break }
            hints.append(hint)
        }
        return hints
    }

    @Test func aNewFileIsWorthALookWhenMadeAndWhenClosed() async throws {
        #expect(
            try await hints(2) { close(creat("\(inbox)/a", 0o600)) } == [.look("a"), .look("a")])
    }

    @Test func closingAWriterIsWorthALook() async throws {
        make("\(inbox)/a")
        #expect(try await hints(1) { close(open("\(inbox)/a", O_WRONLY)) } == [.look("a")])
    }

    @Test func whatIsRenamedInIsSaidToBe() async throws {
        make("\(path)/a")
        let hints = try await hints {
            rename("\(path)/a", "\(inbox)/b")
            rename("\(inbox)/b", "\(inbox)/c")
        }
        #expect(hints == [.renamedIn("b"), .renamedIn("c")])
    }

    @Test func linksAndModesAreWorthALook() async throws {
        make("\(path)/a")
        let hints = try await hints {
            link("\(path)/a", "\(inbox)/b")
            chmod("\(inbox)/b", 0o644)
        }
        #expect(hints == [.look("b"), .look("b")])
    }

    @Test func readingAndRemovingAreNot() async throws {
        make("\(inbox)/a")
        let hints = try await hints {
            close(open("\(inbox)/a", O_RDONLY))
            rename("\(inbox)/a", "\(path)/a")
        }
        #expect(hints.isEmpty)
    }

    @Test func namesComeAsTheyAre() async throws {
        let long = try #require(FileName(bytes: Array(repeating: UInt8(0xFE), count: 255)))
        let hints = try await hints {
            try directory.make(long)
            try directory.make("b\n")
        }
        #expect(hints == [.look(long), .look("b\n")])
    }

    @Test func aDirectoryThatIsRenamedAwayIsGone() async throws {
        let watch = try await watch()
        rename(inbox, "\(path)/elsewhere")
        #expect(await watch.hints.first { _ in true } == .gone)
    }

    @Test func aDirectoryThatIsRemovedIsGone() async throws {
        let watch = try await watch()
        rmdir(inbox)
        #expect(await watch.hints.first { _ in true } == .gone)
    }

    @Test func watchesTheDirectoryItWasGivenNotItsPath() async throws {
        rename(inbox, "\(path)/elsewhere")
        mkdir(inbox, 0o700)
        let watch = try await watch()
        mkdir("\(inbox)/wrong", 0o700)
        mkdir("\(path)/elsewhere/right", 0o700)
        #expect(await watch.hints.first { _ in true } == .look("right"))
    }
}
