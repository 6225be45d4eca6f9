import Core
import Testing

@testable import Pipeline

@Suite struct AttemptSeriesTests {
    private func failure(_ kind: Failure.Kind) -> Failure {
        Failure(kind, code: "test", operation: "do", subject: "it", cause: "it is broken")
    }

    @Test func itsTimeBeginsWithTheFirstAttempt() {
        var series = AttemptSeries(limit: .seconds(10))
        #expect(series.left(at: .seconds(100)) == .seconds(10))
        series.begin(at: .seconds(100))
        series.begin(at: .seconds(104))
        #expect(series.elapsed(at: .seconds(104)) == .seconds(4))
        #expect(series.left(at: .seconds(104)) == .seconds(6))
        #expect(series.time(for: .seconds(60), at: .seconds(104)) == .seconds(6))
        #expect(series.time(for: .seconds(1), at: .seconds(104)) == .seconds(1))
        #expect(series.left(at: .seconds(200)) == .zero)
    }

    @Test func withoutALimitThereIsAlwaysTime() {
        var series = AttemptSeries(limit: nil)
        series.begin(at: .zero)
        #expect(series.left(at: .seconds(1e9)) == nil)
        #expect(series.time(for: .seconds(60), at: .seconds(1e9)) == .seconds(60))
    }

    @Test func whatIsNotOnRecordCountsForThisRun() {
        var series = AttemptSeries(limit: nil)
        #expect(series.made(recorded: 2, failure(.transient)) == 2)
        #expect(series.made(recorded: 2, failure(.unavailable)) == 3)
        #expect(series.made(recorded: 2, failure(.unavailable)) == 4)
        #expect(series.made(recorded: 3, failure(.transient)) == 5)
    }
}
