import Resilience
import TestSupport

extension BreakerSettings {
    /// Any sensible settings.
    static func random(_ generator: inout SeededGenerator) -> BreakerSettings {
        func sometimes<Value>(_ value: Value) -> Value? {
            Int.random(in: 0..<3, using: &generator) == 0 ? nil : value
        }
        let minimum = Int.random(in: 2...12, using: &generator)
        let window: Window =
            Bool.random(using: &generator)
            ? .time(.seconds(Int.random(in: 1...60, using: &generator)))
            : .calls(Int.random(in: minimum...30, using: &generator))
        let of = Int.random(in: 4...64, using: &generator)
        return BreakerSettings(
            consecutiveFailures: sometimes(Int.random(in: 2...6, using: &generator)),
            quota: sometimes(Quota(failures: Int.random(in: 3...of, using: &generator), of: of)),
            failureRate: [0.3, 0.5, 0.75].randomElement(using: &generator),
            slowRate: sometimes([0.5, 0.8, 1].randomElement(using: &generator) ?? 1),
            minimumCalls: minimum, window: window,
            slowAfter: .seconds(Int.random(in: 5...20, using: &generator)),
            openFor: .seconds(Int.random(in: 0...20, using: &generator)),
            openGrowth: [1, 2].randomElement(using: &generator) ?? 1, openLimit: .seconds(60),
            probes: .random(in: 1...4, using: &generator),
            successes: .random(in: 1...4, using: &generator),
            probeLimit: .seconds(Int.random(in: 10...40, using: &generator)),
            halfOpenLimit: sometimes(.seconds(Int.random(in: 20...90, using: &generator))))
    }
}
