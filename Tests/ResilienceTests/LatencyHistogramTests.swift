import Foundation
import Resilience
import TestSupport
import Testing

@Suite struct LatencyHistogramTests {
    @Test(arguments: 0..<20 as Range<UInt64>) func isNearTheTruth(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        let values = (0..<1000).map { _ in
            Int64(1) << Int64.random(in: 0...38, using: &generator)
                | Int64.random(in: 0...1_000_000, using: &generator)
        }.sorted()
        for value in values { histogram.record(.microseconds(value)) }
        for share in [0, 0.01, 0.5, 0.95, 0.99, 1] {
            let exact = Double(values[max(Int((share * 1000).rounded(.up)), 1) - 1])
            let told = try #require(histogram.quantile(share)) / .microseconds(1)
            #expect(abs(told - exact) <= exact / 64 + 0.5)
        }
    }

    @Test func toleratesAnyDuration() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil)
        for duration in [Duration.seconds(-1), .zero, .nanoseconds(1), .seconds(Int64.max)] {
            histogram.record(duration)
        }
        #expect(histogram.count == 4 && histogram.quantile(0) == .zero)
        #expect(histogram.quantile(1).map { $0 > .seconds(1_000_000) } == true)
    }

    @Test func addsUpAndSurvivesBeingSaved() throws {
        var (one, other, both) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for value in 0..<500 {
            let duration = Duration.milliseconds(value * value)
            if value.isMultiple(of: 3) { one.record(duration) } else { other.record(duration) }
            both.record(duration)
        }
        one.merge(other)
        #expect(one == both)
        let saved = try JSONEncoder().encode(both)
        #expect(try JSONDecoder().decode(LatencyHistogram.self, from: saved) == both)
    }

    @Test(arguments: ["[1]", "[99999,1]", "[1,-1]", "{}", "[1,18446744073709551615,1,1]"])
    func aDamagedOneIsRefused(_ json: String) {
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(LatencyHistogram.self, from: Data(json.utf8))
        }
    }
}
