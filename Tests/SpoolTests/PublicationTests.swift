import Core
import Foundation
import Linux
import Spool
import TestSupport
import Testing

@Suite struct PublicationTests {
    private let sandbox: SpoolSandbox
    private let session: Session
    private var place: String { "outputs/\(session.id)" }

    init() async throws {
        sandbox = try SpoolSandbox()
        session = try await sandbox.session()
    }

    /// Puts files where they wait and plans their publication in this order.
    private func plan(_ names: [String]) async throws {
        var files: [SessionRecord.PublishedFile] = []
        for name in names {
            let waiting = Session.publicationPlace(step: "cut", file: name)
            try sandbox.write("bytes of \(name)", to: "\(place)/\(waiting)")
            let output = try SessionRecord.OutputRecord(of: waiting, in: session.directory)
            files.append(.init(name: name, output: output))
        }
        let planned = files
        try session.update { $0.publication = planned }
    }

    private func publish() async -> String {
        do throws(Failure) {
            _ = try await Publication(session).publish()
            return "published"
        } catch { return error.code }
    }

    private func published() throws -> [String] { try sandbox.list("\(place)/final_output") }

    @Test func movesTheFilesWithTheirBytes() async throws {
        try await plan(["b.srt", "a.mp4"])
        #expect(await publish() == "published")
        #expect(try published() == ["a.mp4", "b.srt"])
        #expect(sandbox.text("\(place)/final_output/a.mp4") == "bytes of a.mp4")
        #expect(await publish() == "published")
        #expect(try published() == ["a.mp4", "b.srt"])
    }

    @Test func keepsTheOrderSoThatTheLastComesAfterAllOthers() async throws {
        let names = ["z", "y", "x.mp4"]
        try await plan(names)
        // Each obstacle stops it at its file: what came before is there, what comes after is not.
        for (index, name) in names.enumerated().reversed() {
            try sandbox.write("in the way", to: "\(place)/final_output/\(name)")
            #expect(await publish() == "output_exists")
            #expect(try published() == (names[..<index] + [name]).sorted())
            #expect(sandbox.text("\(place)/final_output/\(name)") == "in the way")
            try sandbox.remove("\(place)/final_output")
            try sandbox.make("\(place)/final_output")
            try await plan(names)
        }
    }

    @Test func goesOnAfterACrashBetweenTwoRenames() async throws {
        try await plan(["a", "b", "c"])
        let waiting = "\(place)/.work/cut"
        try sandbox.move("\(waiting)/a", to: "\(place)/final_output/a")
        #expect(await publish() == "published")
        #expect(try published() == ["a", "b", "c"])
        #expect(sandbox.text("\(place)/final_output/a") == "bytes of a")
    }

    @Test func refusesAnOutputThatChanged() async throws {
        try await plan(["a", "b"])
        try sandbox.write("bytes of B", to: "\(place)/.work/cut/b")
        #expect(await publish() == "output_changed")
        #expect(try published() == ["a"])
    }

    @Test func refusesAnOutputThatIsMissing() async throws {
        try await plan(["a"])
        try sandbox.remove("\(place)/.work/cut/a")
        #expect(await publish() == "output_changed")
    }

    /// Another name of a file, as in a copy by hard links, is no harm.
    @Test func refusesSymbolicLinksEvenToTheSameBytes() async throws {
        try await plan(["hard", "soft"])
        let waiting = "\(sandbox.path)/\(place)/.work/cut"
        link("\(waiting)/hard", "\(sandbox.path)/other-name")
        try sandbox.move("\(place)/.work/cut/soft", to: "elsewhere")
        symlink("\(sandbox.path)/elsewhere", "\(waiting)/soft")
        #expect(await publish() == "output_changed")
        #expect(try published() == ["hard"])
    }

    @Test func nothingToPublishIsNoError() async throws {
        #expect(await publish() == "published")
        #expect(try published().isEmpty)
    }
}
