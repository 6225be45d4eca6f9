import Core
import Glibc
import Linux
import Spool
import TestSupport
import Testing

@testable import Pipeline

@Suite struct StepReuseTests {
    /// A step of a session that makes `made` of an input, counts its runs, and may be reused. Its tool
    /// does `more` before it reads.
    private func step(
        _ sandbox: PipelineSandbox, more: String = ":",
        check: @escaping @Sendable () throws(Failure) -> Void = {}
    ) -> Step {
        let count = "\(sandbox.spool.path)/count"
        let provider = Provider(
            "p",
            machine: [
                .program("sh"), .files(name: "data", paths: ["\(sandbox.spool.path)/data"]),
            ], externals: ["\(sandbox.spool.path)/outside"]
        ) { files in
            var production = Production(
                tools: [
                    ToolInvocation(
                        "sh",
                        [
                            "-c",
                            "echo >>\(count); in=\(files.path("scripts/in")); eval \"$more\"; cat $in >out",
                        ], environment: ["more": "cd \(sandbox.spool.path); \(more); cd $HOME"])
                ], outputs: .files([.init("out", as: "audio/out")]),
                degradations: ["It is short."],
                check: { _ throws(Failure) in try check() })
            production.reuse = .whenSame
            return production
        }
        return Step(
            "make", needs: ["write"], providers: [provider], timeout: patience,
            retry: PipelineSandbox.retry(1))
    }

    private func write(_ text: String) -> Step {
        Step(
            "write",
            providers: [
                Provider("w") { _ in
                    Production(
                        files: ["in": Array(text.utf8)],
                        outputs: .files([.init("in", as: "scripts/in")]))
                }
            ], timeout: patience, retry: PipelineSandbox.retry(1))
    }

    private func sandbox() async throws -> PipelineSandbox {
        let sandbox = try await PipelineSandbox(isCaching: true)
        for name in ["data", "outside"] { try sandbox.spool.write("1", to: name) }
        return sandbox
    }

    private func runs(_ sandbox: PipelineSandbox) -> Int {
        sandbox.spool.text("count")?.count { $0 == "\n" } ?? 0
    }

    @Test func theSameIsMadeOnceForAllSessions() async throws {
        let first = try await sandbox()
        #expect(await first.run([write("one"), step(first)]) == "done")
        for (text, made) in [("one", 1), ("two", 2), ("one", 2)] {
            let again = try await PipelineSandbox(sharing: first)
            #expect(await again.run([write(text), step(again)]) == "done")
            #expect(again.text("audio/out") == text)
            #expect(runs(first) == made)
            let record = await again.step("make")
            #expect(record?.reused == (text == "one" ? true : nil))
            #expect(record?.degradations == ["It is short."])
            #expect(again.log.events(.stepReused).count == (text == "one" ? 1 : 0))
        }
    }

    @Test func whatTheCheckRefusesIsMadeAnew() async throws {
        let first = try await sandbox()
        #expect(await first.run([write("one"), step(first)]) == "done")
        let refusals = Countdown(1)
        let again = try await PipelineSandbox(sharing: first)
        let picky = step(again) { () throws(Failure) in
            guard !refusals.next() else {
                throw Failure(.permanent, code: "x", operation: "x", subject: "x", cause: "x")
            }
        }
        #expect(await again.run([write("one"), picky]) == "done")
        #expect(again.text("audio/out") == "one")
        #expect(runs(first) == 2)
    }

    @Test(arguments: ["data", "outside"])
    func whatDecidesFromOutsideIsNotTheSameForEver(_ name: String) async throws {
        let first = try await sandbox()
        #expect(await first.run([write("one"), step(first)]) == "done")
        try first.spool.write("2", to: name)
        let again = try await PipelineSandbox(sharing: first)
        #expect(await again.run([write("one"), step(again)]) == "done")
        #expect(runs(first) == 2)
        let last = try await PipelineSandbox(sharing: first)
        #expect(await last.run([write("one"), step(last)]) == "done")
        #expect(runs(first) == 2)
    }

    /// What the tool read, or what it was, may not have been what was looked at before.
    @Test(arguments: ["echo two >> $in", "echo 2 >> outside", "echo 2 >> data"])
    func whatChangesWhileItWorksIsNotKept(_ change: String) async throws {
        let first = try await sandbox()
        let hasty = step(first, more: "\(change)")
        _ = await first.run([write("one"), hasty])
        #expect(runs(first) >= 1)
        #expect(((try? first.spool.list("state/cache")) ?? []) == [])
    }
}
