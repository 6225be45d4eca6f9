import Core
@preconcurrency import Dispatch
import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite struct DirectoryWatchTests {
    private let temporary = TemporaryDirectory()
    private let directory: Directory
    private let control: Directory
    private var path: String { temporary.path }
    private var inbox: String { "\(temporary.path)/inbox" }

    init() throws {
        let parent = try Directory(path: temporary.path)
        try parent.make("inbox")
        try parent.make("control")
        directory = try parent.directory("inbox")
        control = try parent.directory("control")
    }

    /// Makes a file without opening it: a child that another test is just starting would close it
    /// after us.
    private func make(_ path: String) { mknod(path, S_IFREG | 0o600, 0) }

    /// A watch and what it wakes.
    private final class Listener: Sendable {
        let watch: DirectoryWatch
        let wake: AsyncStream<Void>

        init(_ directory: Directory, _ second: Directory?) throws(SystemError) {
            let (wake, waker) = AsyncStream<Void>.makeStream()
            self.wake = wake
            watch = try DirectoryWatch(directory, and: second, removalsOf: ["paused"]) {
                waker.yield()
            }
        }

        /// What there is to look at, up to the moment when something is hinted at that is wanted.
        func hints(until isWanted: (DirectoryWatch.Hints) -> Bool) async -> DirectoryWatch.Hints {
            var all = DirectoryWatch.Hints()
            for await _ in wake {
                all.add(watch.take())
                if isWanted(all) { break }
            }
            return all
        }
    }

    /// A watch; waits for one as long as a user's other processes have all there are (EMFILE).
    private func listener() async throws -> Listener {
        while true {
            do throws(SystemError) { return try Listener(directory, control) } catch {
                guard error.errno == EMFILE else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// What is hinted at while `change` happens, up to the making of a last file.
    private func hints(_ change: () throws -> Void) async throws -> DirectoryWatch.Hints {
        let listener = try await listener()
        try change()
        unlink("\(inbox)/last")
        symlink("x", "\(inbox)/last")
        var hints = await listener.hints { $0.names["last"] != nil || $0.isGone }
        hints.names["last"] = nil
        return hints
    }

    @Test func aNewFileIsWorthALookWhenMade() async throws {
        #expect(try await hints { make("\(inbox)/a") }.names == ["a": false])
    }

    @Test func closingAWriterIsWorthALook() async throws {
        make("\(inbox)/a")
        #expect(
            try await hints { close(open("\(inbox)/a", O_WRONLY)) }.names == ["a": false])
    }

    @Test func whatIsRenamedInIsSaidToBe() async throws {
        make("\(path)/a")
        let hints = try await hints {
            rename("\(path)/a", "\(inbox)/b")
            chmod("\(inbox)/b", 0o644)
            rename("\(inbox)/b", "\(inbox)/c")
        }
        #expect(hints.names == ["b": true, "c": true])
    }

    @Test func linksAndModesAreWorthALook() async throws {
        make("\(path)/a")
        #expect(try await hints { link("\(path)/a", "\(inbox)/b") }.names == ["b": false])
        #expect(try await hints { chmod("\(inbox)/b", 0o644) }.names == ["b": false])
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
        #expect(hints.names == [long: false, "b\n": false])
    }

    @Test func ofTheSecondDirectoryNamesComeInTheirOrderAndFewRemovalsAtAll() async throws {
        let hints = try await hints {
            for name in ["b", "a", "paused", "b"] { make("\(path)/control/\(name)") }
            unlink("\(path)/control/a")
            chmod("\(path)/control/b", 0o644)
        }
        #expect(hints.others == ["b", "a", "paused"] && hints.names.isEmpty)
        let removal = try await self.hints {
            unlink("\(path)/control/b")
            unlink("\(path)/control/paused")
        }
        #expect(removal.others == ["paused"])
    }

    /// Whatever happens, what is remembered has a bound, and one wake-up stands for all of it.
    @Test func aFloodIsOneHint() async throws {
        let listener = try await listener()
        let count = 3 * DirectoryWatch.mostNames
        for number in 0..<count { symlink("x", "\(inbox)/\(number)") }
        var wakes = 0
        var names = 0
        for await _ in listener.wake {
            wakes += 1
            let hints = listener.watch.take()
            names = max(names, hints.names.count)
            if hints.isOverflown || hints.names[FileName("\(count - 1)")] != nil { break }
        }
        #expect(names <= DirectoryWatch.mostNames)
        #expect(wakes < count / 10, "\(wakes) wake-ups for \(count) events")
    }

    /// The same file a thousand times over is one name.
    @Test func whatHappensAgainAndAgainIsRememberedOnce() async throws {
        make("\(inbox)/a")
        let hints = try await hints {
            for _ in 0..<5000 {
                chmod("\(inbox)/a", 0o600)
                chmod(inbox, 0o700)
            }
        }
        #expect(hints.names == ["a": false] || hints.isOverflown)
    }

    @Test func aDirectoryThatIsRenamedAwayIsGone() async throws {
        let listener = try await listener()
        rename(inbox, "\(path)/elsewhere")
        #expect(await listener.hints(until: \.isGone).isGone)
    }

    @Test func aDirectoryThatIsRemovedIsGone() async throws {
        let listener = try await listener()
        rmdir(inbox)
        #expect(await listener.hints(until: \.isGone).isGone)
    }

    @Test func watchesTheDirectoryItWasGivenNotItsPath() async throws {
        rename(inbox, "\(path)/elsewhere")
        mkdir(inbox, 0o700)
        let listener = try await listener()
        mkdir("\(inbox)/wrong", 0o700)
        mkdir("\(path)/elsewhere/right", 0o700)
        let hints = await listener.hints { !$0.names.isEmpty }
        #expect(hints.names == ["right": false])
    }
}

extension DirectoryWatch.Hints {
    /// Adds what came later.
    fileprivate mutating func add(_ later: DirectoryWatch.Hints) {
        names.merge(later.names) { $0 || $1 }
        others += later.others.filter { !others.contains($0) }
        isOverflown = isOverflown || later.isOverflown
        isGone = isGone || later.isGone
    }
}
