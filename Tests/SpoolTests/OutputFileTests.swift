import Core
import Foundation
import Linux
import Spool
import TestSupport
import Testing

@Suite struct OutputFileTests {
    private let temporary = TemporaryDirectory()
    private let directory: Directory

    init() throws {
        directory = try Directory(path: temporary.path)
        try directory.write(Array("abc".utf8), to: "a")
    }

    @Test func isItsLengthAndHash() throws {
        let record = try SessionRecord.OutputRecord(of: "a", in: directory)
        #expect(record.place == "a" && record.bytes == 3)
        #expect(
            record.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(try record.matches(in: directory))
    }

    @Test func doesNotMatchOtherBytesOfTheSameLength() throws {
        let record = try SessionRecord.OutputRecord(of: "a", in: directory)
        try directory.write(Array("abd".utf8), to: "a")
        #expect(try !record.matches(in: directory))
        try directory.remove("a")
        #expect(try !record.matches(in: directory))
    }

    /// Whoever has the other name does not have the file any more.
    @Test func aFileWithTwoNamesIsSeparatedFromTheOther() throws {
        #expect(link("\(temporary.path)/a", "\(temporary.path)/hard") == 0)
        try directory.separate("hard")
        let record = try SessionRecord.OutputRecord(of: "hard", in: directory)
        try "other".write(toFile: "\(temporary.path)/a", atomically: false, encoding: .utf8)
        #expect(try record.matches(in: directory))
        #expect(try directory.status("hard")?.links == 1)
        #expect(try directory.entries().sorted() == ["a", "hard"])
    }

    @Test func linksAndOtherThingsAreNoOutputs() throws {
        symlink("a", "\(temporary.path)/soft")
        mkfifo("\(temporary.path)/fifo", 0o600)
        try directory.make("directory")
        for (place, code) in [
            ("soft", "is_link"), ("fifo", "not_a_file"),
            ("directory", "not_a_file"), ("nothing", "not_found"),
        ] {
            let error = #expect(throws: Failure.self, "\(place)") {
                try SessionRecord.OutputRecord(of: place, in: directory)
            }
            #expect(error?.code == code, "\(place)")
        }
    }
}
