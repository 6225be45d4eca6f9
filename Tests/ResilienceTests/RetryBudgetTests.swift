import TestSupport
import Testing

@testable import Resilience

@Suite struct RetryBudgetTests {
    @Test func everyFifthCallPaysForARetry() {
        var budget = RetryBudget(.init(ratio: 0.2, minimumPerSecond: 0, capacity: 2))
        let first = (0..<3).map { _ in budget.withdraw(now: .zero) }
        #expect(first == [true, true, false])
        for _ in 0..<4 { budget.deposit(now: .zero) }
        #expect(budget.withdraw(now: .zero) == false)
        // A little more than 5, since a fifth is no sum of halves.
        for _ in 0..<2 { budget.deposit(now: .zero) }
        #expect(budget.withdraw(now: .zero) == true)
        #expect(budget.withdraw(now: .zero) == false)
    }

    @Test func timePaysToo() {
        var budget = RetryBudget(.init(ratio: 0, minimumPerSecond: 0.5, capacity: 1))
        #expect(budget.withdraw(now: .seconds(10)) == true)
        #expect(budget.withdraw(now: .seconds(11)) == false)
        #expect(budget.withdraw(now: .seconds(5)) == false)
        #expect(budget.withdraw(now: .seconds(12)) == true)
        #expect(budget.withdraw(now: .seconds(1 << 40)) == true)
        #expect(budget.withdraw(now: .seconds(1 << 40)) == false)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func isNeverNegativeNorOverfull(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let settings = RetryBudget.Settings(
            ratio: .random(in: 0...1, using: &generator),
            minimumPerSecond: .random(in: 0...2, using: &generator),
            capacity: .random(in: 1...50, using: &generator))
        var budget = RetryBudget(settings)
        var now = Duration.zero
        var (paid, taken) = (settings.capacity, 0.0)
        for _ in 0..<2000 {
            let step = Double.random(in: -0.1...0.5, using: &generator)
            now += .seconds(step)
            paid += max(step, 0) * settings.minimumPerSecond
            if Int.random(in: 0..<3, using: &generator) == 0 {
                budget.deposit(now: now)
                paid += settings.ratio
            } else if budget.withdraw(now: now) {
                taken += 1
            }
            #expect(budget.balance >= 0 && budget.balance <= settings.capacity)
            #expect(taken <= paid + 1e-6)
            if Int.random(in: 0..<50, using: &generator) == 0 {
                let wall = Double.random(in: 0...2e9, using: &generator)
                let saved = budget.snapshot(now: now, wall: wall)
                budget = RetryBudget(settings, restoring: saved, now: now, wall: wall - 5)
                #expect(abs(budget.balance - saved.balance) < 1e-9)
            }
        }
    }

    @Test(arguments: [(-1000.0, 0.0), (0, 0), (4, 2), (1e9, 10), (.nan, 0)])
    func timePaysWhileItIsSaved(_ passed: Double, _ balance: Double) {
        let saved = RetryBudget.Snapshot(savedAt: 1e9, balance: 0)
        let settings = RetryBudget.Settings(minimumPerSecond: 0.5, capacity: 10)
        let budget = RetryBudget(settings, restoring: saved, now: .seconds(7), wall: 1e9 + passed)
        #expect(budget.balance == balance)
    }

    @Test(arguments: [-1.0, .nan, -.infinity]) func aDamagedBalanceIsNone(_ balance: Double) {
        let saved = RetryBudget.Snapshot(savedAt: 0, balance: balance)
        #expect(RetryBudget(.init(), restoring: saved, now: .zero, wall: 0).balance == 0)
    }
}
