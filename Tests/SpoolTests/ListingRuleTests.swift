import Core
import Glibc
import Linux
import TestSupport
import Testing

@testable import Spool

@Suite struct ListingRuleTests {
    private let sandbox: SpoolSandbox
    private let start = ContinuousClock.now

    init() throws { sandbox = try SpoolSandbox() }

    private func isDue(_ rule: inout ListingRule, after seconds: Double) throws -> Bool {
        rule.isDue(try sandbox.root[.inbox].status(), at: start + .seconds(seconds))
    }

    /// A name that comes in the tick of the first look does not change the times any more.
    @Test func listsUntilATickIsOverAndThenWhenSomethingHasChanged() throws {
        var rule = ListingRule(at: start)
        #expect(try isDue(&rule, after: 0))
        #expect(try isDue(&rule, after: 1))
        #expect(try isDue(&rule, after: 2))
        #expect(try isDue(&rule, after: 3))
        #expect(try !isDue(&rule, after: 4))
        #expect(try !isDue(&rule, after: 1000))
        try sandbox.root.directory.setModified("inbox", to: 1_000_000)
        #expect(try isDue(&rule, after: 1001))
        #expect(try isDue(&rule, after: 1004))
        #expect(try !isDue(&rule, after: 1005))
    }

    @Test func aNameThatComesOrGoesIsAChange() throws {
        var rule = ListingRule(at: start)
        for second in [0.0, 3, 6] { _ = try isDue(&rule, after: second) }
        #expect(try !isDue(&rule, after: 9))
        // The file system's clock ticks every few milliseconds.
        usleep(20_000)
        try sandbox.drop("a.json")
        #expect(try isDue(&rule, after: 12))
    }
}
