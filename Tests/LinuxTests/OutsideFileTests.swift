import Core
import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite struct OutsideFileTests {
    private let temporary = TemporaryDirectory()

    private func cause(_ path: String) async throws -> String? {
        switch try await OutsideFile(path).beginning(limit: 9) {
        case .success: nil
        case .failure(let fault): fault.cause
        }
    }

    @Test func isReadAndHashed() async throws {
        let path = "\(temporary.path)/a"
        let file = try #require(fopen(path, "w"))
        fputs(String(repeating: "x", count: 600_000), file)
        fclose(file)
        #expect(
            try await OutsideFile(path).beginning(limit: 3).get() == Array("xxx".utf8))
        var hash = SHA256()
        hash.update([UInt8](repeating: UInt8(ascii: "x"), count: 600_000))
        #expect(try await OutsideFile(path).hash().get() == hash.finalizeHexadecimal())
    }

    @Test func whatIsNoFileIsSaid() async throws {
        mkfifo("\(temporary.path)/fifo", 0o600)
        #expect(try await cause("\(temporary.path)/none") == "no such file or directory")
        for path in [temporary.path, "\(temporary.path)/fifo", "/dev/zero"] {
            #expect(try await cause(path) == "it is not a regular file", "\(path)")
        }
        for path in ["", "a", "/a\0b"] {
            #expect(try await cause(path) == "it is not an absolute path")
        }
    }

    @Test(.enabled(if: HungMount.isPossible, "\(HungMount.skip)"))
    func nobodyWaitsLongForAnAnswer() async throws {
        let mount = try #require(HungMount())
        let threads = LosableThreads(most: 3)
        let file = OutsideFile(
            "\(mount.path)/a.jpg", threads: threads, patience: .milliseconds(50))
        let first = await #expect(throws: Failure.self) { try await file.hash() }
        #expect(first?.code == "not_answering" && first?.isOfShortage == true)
        #expect(first?.cause == "no answer has come for 50 ms" && first?.subject == file.path)
        let second = await #expect(throws: Failure.self) {
            try await OutsideFile("\(mount.path)/b.jpg", threads: threads).beginning(limit: 1)
        }
        #expect(second?.cause == "no answer has come to those who asked before")
    }
}
