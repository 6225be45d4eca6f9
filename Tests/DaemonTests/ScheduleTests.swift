import TestSupport
import Testing

@testable import Daemon

@Suite struct ScheduleTests {
    @Test func whatIsDueIsTakenOffOnce() {
        var schedule = Schedule<String, Int>()
        #expect(schedule.earliest == nil && schedule.takeDue(at: 100).isEmpty)
        schedule.set("a", to: 5)
        schedule.set("b", to: 3)
        schedule.set("c", to: 9)
        #expect(schedule.earliest == 3 && schedule.takeDue(at: 2).isEmpty)
        #expect(schedule.takeDue(at: 5).sorted() == ["a", "b"])
        #expect(schedule.earliest == 9 && schedule.count == 1 && schedule["c"] == 9)
        schedule.remove("c")
        #expect(schedule.earliest == nil && schedule.takeDue(at: 100).isEmpty)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func nothingIsLateOrEarly(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var schedule = Schedule<Int, Int>()
        var model: [Int: Int] = [:]
        for now in 0..<500 {
            let key = Int.random(in: 0..<20, using: &generator)
            if Bool.random(using: &generator) {
                let time = now + Int.random(in: -5...50, using: &generator)
                schedule.set(key, to: time)
                model[key] = time
            } else if Int.random(in: 0..<4, using: &generator) == 0 {
                schedule.remove(key)
                model[key] = nil
            }
            // Whoever waits for the earliest is never too late.
            if let first = model.values.min() { #expect((schedule.earliest ?? .max) <= first) }
            #expect(
                schedule.takeDue(at: now).sorted()
                    == model.filter { $0.value <= now }.keys.sorted())
            model = model.filter { $0.value > now }
            #expect(schedule.count == model.count)
        }
    }
}
