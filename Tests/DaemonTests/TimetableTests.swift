import TestSupport
import Testing

@testable import Daemon

@Suite struct TimetableTests {
    private let start = ContinuousClock.now

    @Test func givesWhatIsDueInOrderAndNothingElse() {
        var table = Timetable<String>()
        for (key, second) in [("c", 3), ("a", 1), ("d", 4), ("b", 2)] {
            table.set(key, at: start + .seconds(second))
        }
        #expect(table.next() == start + .seconds(1))
        var due: [String] = []
        while let key = table.takeDue(at: start + .seconds(3)) { due.append(key) }
        #expect(due == ["a", "b", "c"])
        #expect(table.count == 1 && table.next() == start + .seconds(4))
    }

    @Test func onlyTheLastTimeCounts() {
        var table = Timetable<String>()
        table.set("a", at: start + .seconds(1))
        table.set("a", at: start + .seconds(3))
        table.set("b", at: start + .seconds(2))
        table.remove("b")
        #expect(table.takeDue(at: start + .seconds(2)) == nil)
        table.set("a", at: start + .seconds(1))
        #expect(table.takeDue(at: start + .seconds(2)) == "a")
        #expect(table.takeDue(at: start + .seconds(9)) == nil && table.next() == nil)
    }

    /// Against a plain dictionary.
    @Test func keepsItsOrderWhateverIsDoneToIt() {
        var random = SeededGenerator(seed: 5)
        var table = Timetable<Int>()
        var plain: [Int: ContinuousClock.Instant] = [:]
        for _ in 0..<3000 {
            let key = Int.random(in: 0..<40, using: &random)
            let time = start + .seconds(Int.random(in: 0..<100, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                table.remove(key)
                plain[key] = nil
            case 1:
                let due = table.takeDue(at: time)
                if let due { #expect(plain[due] == plain.values.min()) }
                #expect((due != nil) == plain.values.contains { $0 <= time })
                if let due { plain[due] = nil }
            default:
                table.set(key, at: time)
                plain[key] = time
            }
            #expect(table.next() == plain.values.min() && table.count == plain.count)
        }
    }
}
