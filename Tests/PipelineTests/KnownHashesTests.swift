import Core
import Glibc
import Linux
import TestSupport
import Testing

@testable import Pipeline

@Suite struct KnownHashesTests {
    private let temporary = TemporaryDirectory()

    @Test func areThoseOfTheBytesThereAre() throws {
        let directory = try Directory(path: temporary.path)
        let hashes = KnownHashes()
        #expect(hashes.hash(of: "a", in: directory) == nil)
        var seen: Set<String> = []
        // Of the same length, and at once: times alone would not always tell.
        for text in ["one", "two", "six", "ten"] {
            try directory.write(Array(text.utf8), to: "a")
            var hash = SHA256()
            hash.update(Array(text.utf8))
            let wanted = hash.finalizeHexadecimal()
            #expect(hashes.hash(of: "a", in: directory) == wanted)
            #expect(hashes.hash(of: "a", in: directory) == wanted)
            seen.insert(wanted)
            try directory.open("a", O_WRONLY).write(Array("xxx".utf8))
            #expect(hashes.hash(of: "a", in: directory).map(seen.contains) == false)
        }
    }

    @Test func areComputedAgainForWhatWasWritten() throws {
        let directory = try Directory(path: temporary.path)
        let hashes = KnownHashes()
        try directory.write(Array("one".utf8), to: "a")
        let changed = try #require(try directory.status("a")).changed
        // Until its times would show another change.
        while Timestamp.now.secondsSince1970 < changed + 0.2 { sched_yield() }
        let before = hashes.hash(of: "a", in: directory)
        #expect(before != nil && hashes.hash(of: "a", in: directory) == before)
        try directory.open("a", O_WRONLY).write(Array("two".utf8))
        let after = hashes.hash(of: "a", in: directory)
        #expect(after != nil && after != before)
    }
}
