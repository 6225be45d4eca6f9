import Core
import Spool
import Testing

@testable import Pipeline

@Suite struct ForecastTests {
    private let start = Timestamp(secondsSince1970: 1_000_000)

    private func later(_ seconds: Double) -> Timestamp {
        Timestamp(secondsSince1970: start.secondsSince1970 + seconds)
    }

    /// A job of `plan`; of its steps some took so long, one after the other.
    private func record(_ plan: [String], took: [Double], from: Double = 0) throws -> SessionRecord
    {
        let id = try #require(SessionID("session_20261127_083519_ncdf"))
        var record = SessionRecord(
            session: id, job: "a.json", header: JobHeader(pipeline: "p", labels: [:]),
            arrived: start, claimed: start)
        record.plan = plan
        var moment = from
        for (name, seconds) in zip(plan, took) {
            var step = SessionRecord.StepRecord(
                provider: "x", tries: ["x": 1], started: later(moment))
            step.state = .finished
            step.seconds = seconds
            record.steps[name] = step
            moment += seconds
        }
        return record
    }

    private func usual(_ seconds: Double) -> StepStatistics {
        var statistics = StepStatistics()
        statistics.note(nil, took: .seconds(seconds))
        return statistics
    }

    @Test func stepsCountByWhatTheyUsuallyTake() throws {
        let record = try record(["a", "b-1", "b-2"], took: [1])
        let statistics = ["p/a": usual(1), "p/b": usual(2)]
        let forecast = Forecast(record, statistics: statistics, slots: 1, at: later(1))
        #expect(abs(forecast.share - 0.2) < 0.02)
        #expect(abs((forecast.left ?? .zero).seconds - 4) < 0.5)
    }

    /// Its own rate counts: beside others it gets only a part of the machine.
    @Test func aJobThatIsSlowerThanUsualTakesLonger() throws {
        let record = try record(["a-1", "a-2", "a-3", "a-4"], took: [20, 20])
        let statistics = ["p/a": usual(10)]
        let forecast = Forecast(record, statistics: statistics, slots: 1, at: later(40))
        let left = try #require(forecast.left?.seconds)
        #expect(left > 25 && left < 40, "\(left)")
        // When the others have ended, it takes no longer than alone.
        let bounded = try #require(forecast.bounded(by: 20, slots: 2).left?.seconds)
        #expect(bounded < 21, "\(bounded)")
    }

    /// A step that takes longer than usual is not done by that.
    @Test func aRunningStepIsNeverDone() throws {
        var record = try record(["a", "b"], took: [1])
        record.steps["b"] = .init(provider: "x", tries: [:], started: later(1))
        let statistics = ["p/a": usual(1), "p/b": usual(1)]
        let forecast = Forecast(record, statistics: statistics, slots: 1, at: later(99))
        #expect(forecast.share > 0.9 && forecast.share < 1)
        // One that waits for its slot has done nothing.
        let waiting = Forecast(
            record, working: [:], statistics: statistics, slots: 1, at: later(99))
        #expect(abs(waiting.share - 0.5) < 0.01)
    }

    @Test func aLongPauseIsNoTimeAtWork() throws {
        var record = try record(["a-1", "a-2", "a-3", "a-4"], took: [10], from: 0)
        var step = SessionRecord.StepRecord(provider: "x", tries: [:], started: later(9000))
        (step.state, step.seconds) = (.finished, 10)
        record.steps["a-2"] = step
        let forecast = Forecast(
            record, statistics: ["p/a": usual(10)], slots: 1, at: later(9010))
        let left = try #require(forecast.left?.seconds)
        #expect(left > 15 && left < 25, "\(left)")
    }

    @Test func whereNothingIsKnownNothingIsSaid() throws {
        let record = try record(["a", "b"], took: [])
        let forecast = Forecast(record, statistics: [:], slots: 1, at: later(1))
        #expect(forecast.left == nil && forecast.share == 0)
        // Others of its kind in the job itself tell.
        let own = try self.record(["a-1", "a-2"], took: [7])
        #expect(Forecast(own, statistics: [:], slots: 1, at: later(7)).left != nil)
    }
}
