import Testing

@testable import Daemon

@Suite struct MissingPipelinesTests {
    private let start = ContinuousClock.now

    @Test func countsFromWhenItWentMissing() {
        var missing = MissingPipelines()
        missing.note(["a", "b"], replacedBy: ["b"], at: start)
        #expect(missing.names == ["a"])
        // Another reload without it begins nothing anew.
        missing.note(["b"], replacedBy: ["b"], at: start + .seconds(3))
        let wait = missing.wait(for: "a", grace: .seconds(5), at: start + .seconds(4))
        #expect(wait == .seconds(1))
        #expect(missing.wait(for: "a", grace: .seconds(5), at: start + .seconds(5)) == nil)
    }

    @Test func whatIsBackOrNeverWasIsNotMissing() {
        var missing = MissingPipelines()
        missing.note(["a"], replacedBy: [], at: start)
        missing.note([], replacedBy: ["a"], at: start)
        #expect(missing.names == [])
        #expect(missing.wait(for: "a", grace: .seconds(5), at: start) == nil)
        #expect(missing.wait(for: "c", grace: .seconds(5), at: start) == nil)
    }
}
