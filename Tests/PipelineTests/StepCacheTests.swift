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
        production.reuse = .whenSame
        production.files = ["text": Array(text.utf8)]
        return try #require(
            CacheKey(
                production, session: "/s", inputs: [], machine: [], versions: [:],
                externals: []))
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
