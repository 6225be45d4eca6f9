import Core
import Linux
import TestSupport
import Testing

@testable import Pipeline

/// What becomes of finished steps when the machine is changed before their session is done.
@Suite struct PipelineMachineTests {
    private let sandbox: PipelineSandbox

    init() async throws {
        sandbox = try await PipelineSandbox()
        for name in ["font", "voice"] { try sandbox.spool.write("1", to: name) }
    }

    private func part(_ name: String) -> MachinePart {
        .files(name: name, paths: ["\(sandbox.spool.path)/\(name)"])
    }

    /// A step that depends on these parts of the machine, or on nobody knows what, counts its runs and
    /// does `script` in the root.
    private func step(
        _ name: String, needs: [String] = [], _ parts: [String]?, _ script: String = ":"
    ) -> Step {
        var provider = sandbox.provider(
            name, "cd \(sandbox.spool.path); \(script); cd $HOME; echo >\(name)", countedAs: name,
            outputs: .files([.init(name, as: "audio/\(name)")]))
        provider.machine = parts.map { [.ourselves] + $0.map(part) }
        return Step(
            name, needs: needs, providers: [provider], timeout: patience,
            retry: PipelineSandbox.retry(1))
    }

    private func runs(_ names: String...) -> [Int] { names.map(sandbox.runs) }

    private var told: [String] {
        sandbox.log.events(.stepOutdated).compactMap { $0.fields[.step] }
    }

    @Test func whatAnUpgradeChangesIsMadeAgainWithWhatNeedsIt() async throws {
        let steps = [
            step("card", ["font"]), step("speech", ["voice"]), step("paid", nil),
            step("clip", needs: ["card"], []),
            step("last", needs: ["clip", "speech", "paid"], nil, "test -e go || exit 3"),
        ]
        #expect(await sandbox.run(steps) == "failed last: tool_failed")
        #expect(runs("card", "speech", "paid", "clip") == [1, 1, 1, 1])
        try sandbox.spool.write("22", to: "font")
        try sandbox.spool.write("", to: "go")
        sandbox.session.note { $0.steps["last"] = nil }
        #expect(await sandbox.run(steps) == "done")
        #expect(runs("card", "speech", "paid", "clip", "last") == [2, 1, 1, 2, 2])
        #expect(told == ["card"])
        #expect(
            sandbox.log.events(.stepOutdated).first?.message.contains("font is not what made it")
                == true)
        let made = await sandbox.step("card")?.machine
        #expect(made?.keys.sorted() == ["font", "reeld"])
        #expect(await sandbox.step("paid")?.machine == nil)
    }

    @Test func anUpgradeMeanwhileIsFoundBeforeAnythingIsPublished() async throws {
        // The last step works while the machine is upgraded, once.
        let upgrade = "if mkdir once; then echo 2 >> font; fi"
        let steps = [
            step("card", ["font"]), step("speech", ["voice"]),
            step("last", needs: ["card", "speech"], ["voice"], upgrade),
        ]
        #expect(await sandbox.run(steps) == "done")
        #expect(runs("card", "speech", "last") == [2, 1, 2])
        #expect(told == ["card"])
    }

    /// What a viewer may have seen already stays, and what belongs to it comes.
    @Test func whatIsPublishedInPartIsNotMadeAgain() async throws {
        var last = step("last", ["font"], "echo >$HOME/a; echo >$HOME/b")
        let produce = last.providers[0].produce
        last.providers[0].produce = { files throws(Failure) in
            var production = try produce(files)
            production.outputs = .publication(["a", "b"])
            return production
        }
        try sandbox.write("somebody else's", to: "final_output/b")
        #expect(await sandbox.run([last]) == "failed pipeline: output_exists")
        #expect(try sandbox.list("final_output") == ["a", "b"])
        try sandbox.spool.remove("outputs/\(sandbox.session.id)/final_output/b")
        sandbox.session.note { $0.publication = nil }
        try sandbox.spool.write("22", to: "font")
        #expect(await sandbox.run([last]) == "done")
        #expect(try sandbox.list("final_output") == ["a", "b"])
        #expect(runs("last") == [1] && told == [])
    }

    @Test func whatNeverStaysTheSameIsNotMadeForEver() async throws {
        let steps = [step("card", ["font"], "echo 2 >> font")]
        #expect(await sandbox.run(steps) == "failed pipeline: machine_changing")
        #expect(runs("card") == [5])
    }

    @Test func whatCannotBeToldOrWasNotWrittenDownIsNoChange() async throws {
        var last = step("last", needs: ["card"], nil, "test -e go || exit 3")
        var card = step("card", ["font"])
        card.providers[0].machine?.append(.program("gone"))
        #expect(await sandbox.run([card, last]) == "failed last: tool_failed")
        #expect(await sandbox.step("card")?.machine?["gone"] == nil)
        // A part that an earlier version did not know of, and a step of its that has none at all.
        card.providers[0].machine?.append(part("voice"))
        try sandbox.spool.write("", to: "go")
        sandbox.session.note { $0.steps["last"] = nil }
        last = step("last", needs: ["card"], nil, "test -e go || exit 3")
        #expect(await sandbox.run([card, last]) == "done")
        #expect(runs("card") == [1] && told == [])
    }
}
