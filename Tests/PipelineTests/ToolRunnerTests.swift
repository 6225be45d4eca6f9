import Core
import Glibc
import Linux
import TestSupport
import Testing

@testable import Pipeline

@Suite struct ToolRunnerTests {
    private let temporary = TemporaryDirectory()
    private let session: Directory
    private let runner: ToolRunner

    init() throws {
        session = try Directory(path: temporary.path)
        try session.make("work")
        try session.make("logs")
        runner = ToolRunner(
            searchPath: ["/nonexistent", "/usr/bin", "/bin"], grace: .seconds(1), root: "/the/root",
            mark: "the.mark")
    }

    private var log: String {
        String(decoding: (try? session.read("logs/a.log", limit: 100_000)) ?? [], as: UTF8.self)
    }

    @discardableResult
    private func run(
        _ tool: ToolInvocation, timeout: Duration = patience
    ) async throws -> Failure? {
        let work = try session.directory("work")
        do throws(Failure) {
            try await runner.run(
                tool, in: work, session: session, log: "logs/a.log", timeout: timeout)
        } catch { return error }
        return nil
    }

    private func shell(_ script: String) -> ToolInvocation { ToolInvocation("sh", ["-c", script]) }

    @Test(
        arguments: [
            (0, nil, ""), (75, .transient, "tool_failed"), (69, .unavailable, "unavailable"),
            (1, .permanent, "tool_failed"), (64, .permanent, "tool_failed"),
            (127, .permanent, "tool_failed"), (255, .permanent, "tool_failed"),
        ] as [(Int32, Failure.Kind?, String)])
    func anExitStatusHasItsMeaning(
        _ status: Int32, _ kind: Failure.Kind?, _ code: String
    ) async throws {
        let failure = try await run(shell("exit \(status)"))
        #expect(failure?.kind == kind)
        #expect(failure.map(\.code) ?? "" == code)
        #expect(failure?.subject ?? "sh" == "sh")
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGSEGV]) func deathByASignalIsTransient(
        _ signal: Int32
    ) async throws {
        let failure = try await run(shell("kill -\(signal) $$"))
        #expect(failure?.kind == .transient && failure?.code == "tool_killed")
        #expect(failure?.cause.contains("signal \(signal)") == true)
    }

    @Test func runningOutOfTimeIsTransient() async throws {
        let failure = try await run(shell("sleep 100"), timeout: .milliseconds(50))
        #expect(failure?.kind == .transient && failure?.code == "timeout")
        #expect(failure?.cause.contains("time was up") == true)
    }

    @Test func beingCancelledIsThat() async throws {
        let task = Task { try await run(shell("sleep 100")) }
        task.cancel()
        let failure = try await task.value
        #expect(failure?.kind == .cancelled)
    }

    @Test func aMissingProgramIsUnavailableAndSaysWhereItWasSought() async throws {
        let failure = try await run(ToolInvocation("no-such-program", []))
        #expect(failure?.kind == .unavailable && failure?.code == "tool_missing")
        #expect(failure?.cause.contains("/usr/bin:/bin") == true)
        #expect(failure?.hint?.contains("tools.path") == true)
        let absolute = try await run(ToolInvocation("/no/such/program", []))
        #expect(absolute?.kind == .unavailable && absolute?.code == "tool_missing")
    }

    @Test func aFileThatCannotBeExecutedIsUnavailable() async throws {
        try session.write(Array("#!/bin/sh\n".utf8), to: "script")
        let failure = try await run(ToolInvocation("\(temporary.path)/script", []))
        #expect(failure?.kind == .unavailable && failure?.code == "tool_missing")
    }

    @Test func theFailureHasItsLastWords() async throws {
        let failure = try await run(shell("echo first; echo the last >&2; echo; exit 3"))
        #expect(failure?.cause == "it exited with status 3; its last words: the last")
    }

    @Test func aToolMayKnowWhatItsFailureMeans() async throws {
        var tool = shell("echo 'no such box' >&2; exit 3")
        tool.blame = Failure(
            .permanent, code: "bad_music", operation: "use", subject: "the music",
            cause: "it is damaged")
        let failure = try await run(tool)
        #expect(failure?.message == "Could not use the music: it is damaged (no such box).")
        #expect(failure?.code == "bad_music")
        // It does not if nobody can know: the tool was killed, or its service is away.
        for script in ["kill -9 $$", "exit 69", "exit 75"] {
            tool.arguments = ["-c", script]
            #expect(try await run(tool)?.code != "bad_music")
        }
    }

    @Test func aSilentToolHasNoLastWordsNotEvenThoseOfAnother() async throws {
        try await run(shell("echo words; exit 3"))
        let failure = try await run(shell("exit 3"))
        #expect(failure?.cause == "it exited with status 3")
    }

    @Test func lastWordsAreShortAndHarmless() async throws {
        let failure = try await run(
            shell(#"head -c 5000 /dev/zero | tr '\0' x; printf 'end\033[2J'; exit 3"#))
        let words = try #require(failure?.cause.split(separator: ": ").last)
        #expect(words.hasSuffix("xend\\x1b[2J") && words.count < 400)
    }

    @Test func theLogHasTheCommandLineAndAllThatWasSaid() async throws {
        try await run(ToolInvocation("sh", ["-c", "echo out; echo err >&2", "a b", "c\nd"]))
        try await run(ToolInvocation("/bin/true", []))
        let lines = log.split(separator: "\n")
        #expect(lines.first == "$ /usr/bin/sh -c echo out; echo err >&2 a b c\\x0ad")
        #expect(Set(lines[1...2]) == ["out", "err"])
        #expect(lines.last == "$ /bin/true")
    }

    @Test func aToolGetsItsInputOutputAndSurroundings() async throws {
        var tool = shell("cat; pwd; echo $mine; echo $REELD_ROOT; echo $HOME; env | wc -l")
        tool.standardInput = Array("input\n".utf8)
        tool.standardOutput = .file("out")
        tool.environment = ["mine": "yours"]
        #expect(try await run(tool) == nil)
        let out = String(decoding: try session.read("work/out", limit: 10_000), as: UTF8.self)
        let work = "\(temporary.path)/work"
        let lines = out.split(separator: "\n")
        #expect(
            lines.prefix(5) == ["input", Substring(work), "yours", "/the/root", Substring(work)])
        // The five every tool gets, its own, and what the shell adds.
        #expect(Int(lines.last ?? "") ?? 99 <= 6 + 4)
        #expect(!log.contains("input"))
    }
}
