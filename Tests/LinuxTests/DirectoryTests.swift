import Core
import Glibc
import Linux
import TestSupport
import Testing

@Suite struct DirectoryTests {
    private let temporary = TemporaryDirectory()
    private let directory: Directory
    private var path: String { temporary.path }

    init() throws { directory = try Directory(path: temporary.path) }

    private func errno(_ body: () throws -> Void) -> Int32? {
        do { try body() } catch let error as SystemError { return error.errno } catch { return -1 }
        return nil
    }

    @Test func listsEveryNameWhateverItsBytes() throws {
        let names = try [
            Array("a".utf8), [0xFF, 0x0A], Array(repeating: UInt8(0x80), count: 255),
        ].map { try #require(FileName(bytes: $0)) }
        for name in names { try directory.make(name) }
        #expect(try Set(directory.entries()) == Set(names))
        #expect(try Set(directory.entries()) == Set(names), "a second time")
    }

    @Test func tellsWhatAnEntryIs() throws {
        try directory.write([1, 2, 3], to: "file")
        try directory.make("directory")
        symlink("nowhere", "\(path)/link")
        mkfifo("\(path)/fifo", 0o600)
        #expect(try directory.status("file")?.kind == .regular)
        #expect(try directory.status("file")?.size == 3)
        #expect(try directory.status("directory")?.kind == .directory)
        #expect(try directory.status("link")?.kind == .symbolicLink)
        #expect(try directory.status("fifo")?.kind == .fifo)
        #expect(try directory.status("nothing") == nil)
        #expect(try directory.contains("link"))
        link("\(path)/file", "\(path)/second")
        #expect(try directory.status("file")?.links == 2)
        #expect(
            try directory.status("file")?.identity == directory.status("second")?.identity)
    }

    @Test(arguments: [
        ("link/file", ELOOP), ("linkToFile", ELOOP), ("../outside", EXDEV),
        ("directory/../../outside", EXDEV), ("/etc/hostname", EXDEV),
        ("directory/absolute", ELOOP), ("nothing", ENOENT),
    ])
    func whatIsBeneathIsReachedByNoLinkAndNoWayOut(_ place: String, _ expected: Int32) throws {
        let inner = try inside()
        #expect(errno { _ = try inner.open(place, O_RDONLY) } == expected)
        #expect(errno { _ = try inner.read(place, limit: 10) } == expected)
        #expect(errno { _ = try inner.directory(place) } == expected)
    }

    /// A directory full of ways out, beside a file.
    private func inside() throws -> Directory {
        try directory.write([1], to: "outside")
        try directory.make("inside")
        let inner = try directory.directory("inside")
        try inner.make("directory")
        try inner.directory("directory").write([2], to: "file")
        symlink("directory", "\(path)/inside/link")
        symlink("directory/file", "\(path)/inside/linkToFile")
        symlink("\(path)/outside", "\(path)/inside/directory/absolute")
        return inner
    }

    @Test func whatIsBeneathIsReachedByItsPath() throws {
        let inner = try inside()
        #expect(try inner.read("directory/file", limit: 10) == [2])
        #expect(try inner.read("directory/../directory/file", limit: 10) == [2])
        #expect(try inner.directory("directory").read("file", limit: 1) == [2])
    }

    @Test func staysTheSameDirectoryWhenItsPathIsTaken() throws {
        let inner = try inside()
        rename("\(path)/inside", "\(path)/moved")
        try directory.make("inside")
        #expect(try inner.read("directory/file", limit: 10) == [2])
    }

    @Test func opensEntriesButNoLinksAndWaitsForNoWriter() throws {
        try directory.write([7], to: "file")
        symlink("file", "\(path)/link")
        mkfifo("\(path)/fifo", 0o600)
        #expect(try directory.open(entry: "file").read(limit: 10) == [7])
        #expect(errno { _ = try directory.open(entry: "link") } == ELOOP)
        #expect(try directory.open(entry: "fifo").status().kind == .fifo)
        let name = try #require(FileName(bytes: [0xFF]))
        #expect(errno { _ = try directory.open(entry: name) } == ENOENT)
    }

    @Test func readsNoMoreThanItsLimitAndOnlyFiles() throws {
        try directory.write([1, 2, 3], to: "file")
        #expect(try directory.read("file", limit: 3) == [1, 2, 3])
        #expect(errno { _ = try directory.read("file", limit: 2) } == EFBIG)
        mkfifo("\(path)/fifo", 0o600)
        #expect(errno { _ = try directory.read("fifo", limit: 2) } == EINVAL)
    }

    @Test func renamesOverNothing() throws {
        try directory.write([1], to: "a")
        try directory.write([2], to: "b")
        #expect(try directory.rename("a", into: directory, as: "b") == false)
        #expect(try directory.read("a", limit: 1) == [1])
        #expect(try directory.read("b", limit: 1) == [2])
        #expect(try directory.rename("a", into: directory, as: "c"))
        #expect(try Set(directory.entries()) == ["b", "c"])
        #expect(errno { _ = try directory.rename("a", into: directory, as: "d") } == ENOENT)
        try directory.move("c", into: directory, replacing: "b")
        #expect(try directory.entries() == ["b"])
        #expect(try directory.read("b", limit: 1) == [1])
    }

    @Test func makesAndRemovesOnce() throws {
        #expect(try directory.make("a"))
        #expect(try !directory.make("a"))
        try directory.write([], to: "file")
        #expect(try directory.remove("file"))
        #expect(try !directory.remove("file"))
    }

    @Test func writesWholeFilesInPlaceOfOthers() throws {
        try directory.write([1, 2, 3], to: "a")
        let old = try directory.open(entry: "a")
        try directory.write([4], to: "a")
        #expect(try directory.read("a", limit: 9) == [4])
        #expect(try old.read(limit: 9) == [1, 2, 3], "the old file is left as it was")
        #expect(try directory.entries() == ["a"])
    }

    @Test func aWriteThatFailsLeavesTheOldFileAndNothingElse() throws {
        try directory.make("a")
        #expect(errno { try directory.write([1], to: "a") } == EISDIR)
        #expect(try directory.entries() == ["a"])
    }

    @Test(arguments: [true, false])
    func aLinkInTheTemporaryFilesPlaceIsNotWrittenThrough(_ isSymbolic: Bool) throws {
        try directory.write([7], to: "victim")
        let (victim, link) = ("\(path)/victim", "\(path)/.b.new")
        #expect((isSymbolic ? symlink(victim, link) : Glibc.link(victim, link)) == 0)
        try directory.write([1], to: "b")
        #expect(try directory.read("victim", limit: 9) == [7])
        #expect(try directory.read("b", limit: 9) == [1])
        #expect(try Set(directory.entries()) == ["victim", "b"])
    }

    @Test func writesByWayOfAnotherDirectory() throws {
        try directory.make("scratch")
        let scratch = try directory.directory("scratch")
        try scratch.write(Array(repeating: 9, count: 100), to: "t.new")
        try directory.write([1], to: "a", by: "t.new", in: scratch)
        #expect(try directory.read("a", limit: 9) == [1])
        #expect(try scratch.entries().isEmpty)
    }

    @Test func removesTreesWithoutFollowingLinks() throws {
        let inner = try inside()
        try directory.make("kept")
        try directory.directory("kept").write([1], to: "file")
        symlink("../kept", "\(path)/inside/toKept")
        try inner.directory("directory").make(try #require(FileName(bytes: [0xFF])))
        try directory.removeTree("inside")
        #expect(try Set(directory.entries()) == ["kept", "outside"])
        #expect(try directory.read("kept/file", limit: 1) == [1])
        try directory.removeTree("inside")
        try directory.removeTree("outside")
        #expect(try directory.entries() == ["kept"])
    }

    /// A tool that copies a directory into itself makes one deeper than any stack or table of
    /// descriptors can hold; here it is deep enough for every directory to be moved up.
    @Test func removesTreesHoweverDeepTheyAre() async throws {
        try directory.make("deep")
        try await Task(executorPreference: BlockingExecutor.shared) {
            var place = try directory.directory("deep")
            for _ in 0..<500 {
                try place.make("d")
                try place.write([], to: "f")
                place = try place.directory("d")
            }
            try directory.removeTree("deep")
        }.value
        #expect(try directory.entries().isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody with fewer rights"))
    func removesTreesWhateverTheirModes() throws {
        try directory.make("own")
        for (place, mode) in [("own", 0o755), ("own/a", 0o755), ("own/a/b", 0), ("own/c", 0o555)] {
            mkdir("\(path)/\(place)", 0o755)
            creat("\(path)/\(place)/file", 0o644)
            chown("\(path)/\(place)", FileSystemUser.nobody, 0)
            chown("\(path)/\(place)/file", FileSystemUser.nobody, 0)
            chmod("\(path)/\(place)", mode_t(mode))
        }
        chmod("\(path)/own/a", 0)
        chmod(path, 0o755)
        let own = try directory.directory("own")
        try FileSystemUser.asNobody {
            #expect(throws: SystemError.self) { try own.directory("a") }
            try own.removeTree("a")
            try own.removeTree("c")
        }
        #expect(try own.entries() == ["file"])
    }

    @Test func setsTheTimeOfModificationAlone() throws {
        try directory.write([1], to: "a")
        try directory.setModified("a", to: 1_000_000)
        #expect(try directory.status("a")?.modified == 1_000_000)
        #expect(errno { try directory.setModified("b", to: 1) } == ENOENT)
    }

    @Test func errorsNameTheCallAndThePath() throws {
        let error = #expect(throws: SystemError.self) {
            _ = try directory.open(entry: "a\nb")
        }
        #expect(error?.description == "openat \(path)/a\\x0ab: No such file or directory")
    }
}
