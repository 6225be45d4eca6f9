import Core
import Foundation
import Linux
import TestSupport
import Testing

@testable import Daemon

@Suite struct ConfigurationFileTests {
    private let temporary = TemporaryDirectory()
    private var path: String { "\(temporary.path)/reeld.json5" }

    private func write(_ text: String) throws {
        try Directory(path: temporary.path).write(Array(text.utf8), to: "reeld.json5")
    }

    @Test func theCommandLineGoesBeforeTheFile() throws {
        try write("{root: \"/a\", jobs: {parallel: 5}}")
        #expect(try ConfigurationFile(path: path, root: nil).read().root == "/a")
        let read = try ConfigurationFile(path: path, root: "/b").read()
        #expect(read.root == "/b" && read.jobs.parallel == 5)
    }

    @Test func aRelativeRootIsUnderTheWorkingDirectory() throws {
        try write("{}")
        let read = try ConfigurationFile(path: path, root: "some/where").read()
        #expect(read.root == "\(FileManager.default.currentDirectoryPath)/some/where")
        #expect(try Configuration(decoding: Array(read.effective().utf8)) == read)
    }

    @Test func aFileThatWasNamedMustBeThere() {
        let error = #expect(throws: Failure.self) {
            try ConfigurationFile(path: path, root: nil).read()
        }
        #expect(error?.subject == path && error?.code == "not_found")
    }

    @Test func anErrorNamesTheFileAndThePlace() throws {
        try write("{\n  jobs: { paralel: 5 } }")
        let error = #expect(throws: Failure.self) {
            try ConfigurationFile(path: path, root: nil).read()
        }
        #expect(error?.subject == path && error?.code == "invalid_configuration")
        #expect(error?.cause.contains("line 2, column 11, $.jobs.paralel") == true)
        #expect(error?.cause.contains("did you mean 'parallel'?") == true)
    }

    @Test func nothingIsWaitedFor() throws {
        try #require(mkfifo(path, 0o600) == 0)
        let error = #expect(throws: Failure.self) {
            try ConfigurationFile(path: path, root: nil).read()
        }
        #expect(error?.code == "not_a_file" && error?.cause.contains("FIFO") == true)
    }

    @Test func whatIsTooLargeIsRefusedAsSuch() throws {
        try write("{}" + String(repeating: " ", count: 1 << 20))
        let error = #expect(throws: Failure.self) {
            try ConfigurationFile(path: path, root: nil).read()
        }
        #expect(error?.code == "too_large")
    }
}
