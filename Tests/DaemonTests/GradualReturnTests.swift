import Testing

@testable import Daemon

@Suite struct GradualReturnTests {
    private let start = ContinuousClock.now

    private func sizes(_ value: inout GradualReturn, at seconds: Double) -> [Int] {
        value.takeDue(at: start + .seconds(seconds)).map(\.count)
    }

    @Test func doublesWithEachSecond() {
        var value = GradualReturn()
        #expect(value.next == nil)
        value.begin("p", first: 3, at: start)
        #expect(sizes(&value, at: 0) == [3] && sizes(&value, at: 0.9) == [])
        #expect(value.next == start + .seconds(1))
        #expect(sizes(&value, at: 1) == [6] && sizes(&value, at: 2) == [12])
        // However late somebody looks, it is one batch.
        #expect(sizes(&value, at: 50) == [24] && sizes(&value, at: 50.5) == [])
    }

    @Test func goesOnAsItWasWhenToldAgainAndBeginsAnewAfterItsEnd() {
        var value = GradualReturn()
        value.begin("p", first: 1, at: start)
        #expect(sizes(&value, at: 0) == [1])
        value.begin("p", first: 1, at: start + .seconds(0.5))
        #expect(sizes(&value, at: 0.5) == [] && sizes(&value, at: 1) == [2])
        value.end("p")
        #expect(value.next == nil && sizes(&value, at: 9) == [])
        value.begin("p", first: 0, at: start)
        #expect(sizes(&value, at: 9) == [1])
    }

    @Test func eachProviderHasItsOwnAndNothingOverflows() {
        var value = GradualReturn()
        value.begin("q", first: 5, at: start)
        value.begin("p", first: .max, at: start)
        #expect(value.takeDue(at: start).map(\.provider) == ["p", "q"])
        #expect(sizes(&value, at: 1) == [.max, 10])
    }
}
