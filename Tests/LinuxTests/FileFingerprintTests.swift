import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite struct FileFingerprintTests {
    private let temporary = TemporaryDirectory()
    private var root: String { "\(temporary.path)/tree" }

    init() throws {
        for place in ["tree", "tree/a", "tree/a/b", "other"] {
            try #require(mkdir("\(temporary.path)/\(place)", 0o755) == 0)
        }
        try write("one", to: "tree/a/one")
        try write("two", to: "tree/a/b/two")
        try write("far", to: "other/far")
        symlink("../other/far", "\(root)/link")
        symlink("../tree", "\(root)/round")
    }

    private func write(_ text: String, to place: String) throws {
        let file = try #require(fopen("\(temporary.path)/\(place)", "w"))
        defer { fclose(file) }
        fputs(text, file)
    }

    private var fingerprint: String { FileFingerprint.of([root]) }

    @Test func whatDoesNotChangeHasTheSame() {
        #expect(fingerprint == fingerprint)
        #expect(fingerprint.count == 16)
        #expect(FileFingerprint.of(["\(root)/a", "\(root)/link"]) != fingerprint)
        // Where a path ends and the next begins counts.
        #expect(FileFingerprint.of(["/x", "/y"]) != FileFingerprint.of(["/x/y"]))
    }

    @Test(arguments: [
        "echo x >> a/b/two", "touch -d '2001-01-01 00:00:01' a/b/two", "mv a/one a/won",
        "cp -p a/one copy && mv copy a/one", "rm a/b/two", "mkdir a/c", "echo x >> ../other/far",
        "rm link", "ln -sf ../other/gone link", "rm -r a", "mv a/b b",
    ])
    func whatChangesHasAnother(_ change: String) throws {
        let before = fingerprint
        let shell = try #require(popen("cd '\(root)' && \(change)", "r"))
        try #require(pclose(shell) == 0)
        #expect(fingerprint != before)
    }
}
