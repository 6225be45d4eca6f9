import Core
import Linux
import Spool
import TestSupport
import Testing

@testable import Pipeline

@Suite struct StepCacheTests {
    private let spool: SpoolSandbox
    private let session: Session

    init() async throws {
        spool = try SpoolSandbox()
        session = try await spool.session()
    }

    private func cache(_ limit: Int = 1 << 20) -> StepCache {
        StepCache(in: spool.root[.state], limit: limit)
    }

    private func key(_ text: String) throws -> CacheKey {
        var production = Production(outputs: .files([.init("a", as: "audio/a")]))
        production.reuse = .whenSame()
        production.files = ["text": Array(text.utf8)]
        return try #require(
            CacheKey(
                production, session: "/s", inputs: [], program: { _ in "" }, external: { _ in "" }))
    }

    private func store(_ text: String, in cache: StepCache) throws {
        try spool.write(text, to: "outputs/\(session.id)/audio/a")
        let record = try SessionRecord.OutputRecord(of: "audio/a", in: session.directory)
        cache.store(try key(text), [("a", record)], of: session.directory, took: .seconds(2))
    }

    /// What a fetch puts into a working directory; nil if it is not there.
    private func fetch(_ text: String, from cache: StepCache) throws -> String? {
        let work = try session.freshWorkDirectory(step: "x")
        guard let time = cache.fetch(try key(text), into: work) else {
            #expect(try work.entries() == [])
            return nil
        }
        #expect(time == .seconds(2))
        return String(decoding: try work.read("a", limit: 1 << 20), as: UTF8.self)
    }

    private var entries: [String] { get throws { try spool.list("state/cache") } }

    @Test func whatWasStoredIsFetchedByAnyDaemon() throws {
        let cache = cache()
        #expect(try fetch("one", from: cache) == nil)
        try store("one", in: cache)
        try store("two", in: cache)
        try store("two", in: cache)
        #expect(try fetch("one", from: cache) == "one")
        #expect(try fetch("two", from: self.cache()) == "two")
        #expect(try entries.count == 2)
    }

    @Test(arguments: ["one!", "onf", ""])
    func whatIsNotAsItWasIsForgotten(_ damage: String) throws {
        let cache = cache()
        try store("one", in: cache)
        try spool.write(damage, to: "state/cache/\(try #require(try entries.first))/0")
        #expect(try fetch("one", from: cache) == nil)
        #expect(try entries == [])
        try store("one", in: cache)
        #expect(try fetch("one", from: cache) == "one")
    }

    @Test func aDamagedEntryIsForgotten() throws {
        let cache = cache()
        try store("one", in: cache)
        try spool.write("{", to: "state/cache/\(try #require(try entries.first))/entry.json")
        #expect(try fetch("one", from: cache) == nil)
        #expect(try entries == [])
    }

    @Test func whatWasNotUsedForLongestGoesFirst() throws {
        // Room for four.
        let cache = cache(4 * 16_900)
        for text in ["1", "2", "3", "4"] { try store(text, in: cache) }
        #expect(try fetch("1", from: cache) == "1")
        try store("5", in: cache)
        #expect(try entries.count == 4)
        #expect(try fetch("2", from: cache) == nil)
        #expect(try fetch("1", from: cache) == "1")
        cache.setLimit(2 * 16_900)
        #expect(try entries.count == 2)
        #expect(try fetch("1", from: cache) == "1")
        cache.clear()
        #expect(try entries == [])
    }

    @Test func whatAnEarlierDaemonLeftCounts() throws {
        let first = cache()
        for text in ["1", "2", "3", "4"] { try store(text, in: first) }
        try spool.write("half", to: "state/cache/.abc-1/0")
        let second = cache(4 * 16_900)
        try store("5", in: second)
        #expect(try entries.count == 4)
        #expect(try !entries.contains { $0.hasPrefix(".") }, "what was not finished is gone")
    }

    @Test func whatIsTooLargeOrOffIsNotKept() throws {
        try store(String(repeating: "x", count: 20_000), in: cache(100_000))
        try store("one", in: cache(0))
        #expect((try? entries) ?? [] == [])
    }
}

@Suite struct StepReuseTests {
    /// A step of a session that makes `made` of an input, counts its runs, and may be reused.
    private func step(
        _ sandbox: PipelineSandbox, check: @escaping @Sendable () throws(Failure) -> Void = {}
    )
        -> Step
    {
        let count = "\(sandbox.spool.path)/count"
        let provider = Provider("p") { files in
            var production = Production(
                tools: [
                    ToolInvocation(
                        "sh", ["-c", "echo >>\(count); cat \(files.path("scripts/in")) >out"])
                ], outputs: .files([.init("out", as: "audio/out")]),
                degradations: ["It is short."],
                check: { _ throws(Failure) in try check() })
            production.reuse = .whenSame()
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

    private func runs(_ sandbox: PipelineSandbox) -> Int {
        sandbox.spool.text("count")?.count { $0 == "\n" } ?? 0
    }

    @Test func theSameIsMadeOnceForAllSessions() async throws {
        let first = try await PipelineSandbox(isCaching: true)
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
        let first = try await PipelineSandbox(isCaching: true)
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
}
