import Core
import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite struct DirectoryUsageTests {
    private let temporary = TemporaryDirectory()

    private func usage(stoppingAfter most: Int = 1_000_000) throws -> DirectoryUsage {
        try Directory(path: temporary.path).usage(stoppingAfter: most)
    }

    private func make(_ path: String, bytes: Int) {
        let file = open("\(temporary.path)/\(path)", O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        precondition(file >= 0 && ftruncate(file, off_t(bytes)) == 0)
    }

    @Test func countsFilesBytesAndWhatIsDeep() throws {
        let empty = try usage()
        #expect(empty == DirectoryUsage())
        var path = temporary.path
        for name in ["a", "b", ".c", "d"] {
            path += "/\(name)"
            #expect(mkdir(path, 0o700) == 0)
        }
        make("one", bytes: 1_000_000)
        make("a/b/.c/d/two", bytes: 2_000_000)
        make("a/empty", bytes: 0)
        let usage = try usage()
        #expect(usage.files == 7)
        #expect((3_000_000..<3_100_000).contains(usage.bytes))
    }

    @Test func followsNoLinkAndCountsAFileOnce() throws {
        #expect(mkdir("\(temporary.path)/a", 0o700) == 0)
        make("a/file", bytes: 1_000_000)
        #expect(link("\(temporary.path)/a/file", "\(temporary.path)/again") == 0)
        #expect(symlink("/", "\(temporary.path)/a/all") == 0)
        #expect(symlink("..", "\(temporary.path)/a/loop") == 0)
        mkfifo("\(temporary.path)/a/fifo", 0o600)
        let usage = try usage()
        #expect(usage.files == 5 && usage.bytes < 1_100_000)
    }

    @Test func stopsWhenThereAreTooMany() throws {
        for number in 0..<200 { make("\(number)", bytes: 0) }
        #expect(try usage(stoppingAfter: 100).files == 101)
        #expect(try usage(stoppingAfter: 200).files == 200)
    }

    @Test func takesAnyDepthWithFewDescriptors() throws {
        let root = open(temporary.path, O_RDONLY | O_DIRECTORY)
        var here = root
        for _ in 0..<3000 {
            #expect(mkdirat(here, "deep", 0o700) == 0)
            let next = openat(here, "deep", O_RDONLY | O_DIRECTORY)
            close(here)
            here = next
        }
        let file = openat(here, "file", O_WRONLY | O_CREAT, 0o600)
        #expect(ftruncate(file, 5_000_000) == 0)
        close(file)
        close(here)
        let usage = try usage()
        #expect(usage.files == 3001 && usage.bytes >= 5_000_000)
        try Directory(path: temporary.path).removeTree("deep")
    }

    /// Root may look into any directory; others need the permission, and are its owner here.
    @Test(.enabled("needs root") { getuid() == 0 }) func looksIntoWhatWasClosed() throws {
        #expect(chmod(temporary.path, 0o777) == 0)
        try FileSystemUser.asNobody {
            let root = try Directory(path: temporary.path)
            try root.make("closed", mode: 0o700)
            let closed = try root.directory("closed")
            let file = try closed.open("file", O_WRONLY | O_CREAT)
            #expect(ftruncate(file.number, 1_000_000) == 0)
            #expect(chmod("\(temporary.path)/closed", 0) == 0)
            let usage = try root.usage(stoppingAfter: 100)
            #expect(usage.files == 2 && usage.bytes >= 1_000_000)
        }
    }
}
