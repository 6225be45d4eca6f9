import Core
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

    /// A daemon that is started again does not begin the wait anew.
    @Test func theNextDaemonGoesOnWithIt() {
        let wall = Timestamp(secondsSince1970: 1_000_000)
        func later(_ seconds: Double) -> Timestamp {
            Timestamp(secondsSince1970: wall.secondsSince1970 + seconds)
        }
        var missing = MissingPipelines()
        missing.note(["a", "b"], replacedBy: ["b"], at: start)
        let known = missing.known(
            with: ["b"], grace: .seconds(5), at: start + .seconds(2), later(2))
        #expect(known == KnownPipelines(present: ["b"], missing: ["a": wall]))
        var next = MissingPipelines()
        next.take(known, replacedBy: [], at: start, later(4))
        #expect(next.wait(for: "a", grace: .seconds(5), at: start) == .seconds(1))
        #expect(next.wait(for: "b", grace: .seconds(5), at: start) == .seconds(5))
        // What is not waited for any more is forgotten.
        let then = start + .seconds(1)
        #expect(next.known(with: [], grace: .seconds(5), at: then, wall).missing.count == 1)
        // A clock that was set back makes no wait longer.
        next = MissingPipelines()
        next.take(known, replacedBy: ["a"], at: start, later(-900))
        #expect(next.names == ["b"])
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
