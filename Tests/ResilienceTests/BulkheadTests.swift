import Resilience
import TestSupport
import Testing

@Suite struct BulkheadTests {
    @Test func admitsThenQueuesThenRejects() {
        var bulkhead = Bulkhead(.init(limit: 1, queue: 1))
        guard case .admitted(let slot) = bulkhead.enter() else {
            Issue.record("the first was not admitted")
            return
        }
        guard case .queued(let place) = bulkhead.enter() else {
            Issue.record("the second was not queued")
            return
        }
        #expect(bulkhead.enter() == .rejected)
        let full = bulkhead.nextAdmitted()
        #expect(full == nil)
        #expect(bulkhead.leave(slot) == true)
        #expect(bulkhead.leave(slot) == false)
        let next = bulkhead.nextAdmitted()
        #expect(next?.place == place)
        let none = bulkhead.nextAdmitted()
        #expect(none == nil && bulkhead.running == 1)
        #expect(bulkhead.abandon(place) == false)
    }

    @Test func nobodyOvertakesWhoWaits() {
        var bulkhead = Bulkhead(.init(limit: 1, queue: 5))
        guard case .admitted(let slot) = bulkhead.enter(), case .queued = bulkhead.enter() else {
            Issue.record("the first is not admitted or the second not queued")
            return
        }
        bulkhead.leave(slot)
        guard case .queued = bulkhead.enter() else {
            Issue.record("the third took the slot of the second")
            return
        }
    }

    @Test func withoutALimitAdmitsAll() {
        var bulkhead = Bulkhead()
        for _ in 0..<1000 {
            guard case .admitted = bulkhead.enter() else {
                Issue.record("not admitted")
                return
            }
        }
        #expect(bulkhead.running == 1000)
    }

    /// Next to two plain arrays.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func behavesAsItsModelAndLosesNoSlot(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...5, using: &generator)
        let queue = Int.random(in: 0...6, using: &generator)
        var bulkhead = Bulkhead(.init(limit: limit, queue: queue))
        var running: [Bulkhead.Slot] = []
        var waiting: [Bulkhead.Place] = []
        for _ in 0..<2000 {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                switch bulkhead.enter() {
                case .admitted(let slot):
                    #expect(running.count < limit && waiting.isEmpty)
                    running.append(slot)
                case .queued(let place):
                    #expect(running.count == limit && waiting.count < queue)
                    waiting.append(place)
                case .rejected:
                    #expect(running.count == limit && waiting.count == queue)
                }
            case 2, 3:
                guard let index = running.indices.randomElement(using: &generator) else { break }
                let slot = running.remove(at: index)
                #expect(bulkhead.leave(slot) == true)
                #expect(bulkhead.leave(slot) == false)
            default:
                guard let index = waiting.indices.randomElement(using: &generator) else { break }
                let place = waiting.remove(at: index)
                #expect(bulkhead.abandon(place) == true)
                #expect(bulkhead.abandon(place) == false)
            }
            while let next = bulkhead.nextAdmitted() {
                #expect(next.place == waiting.first && running.count < limit)
                waiting.removeFirst()
                running.append(next.slot)
            }
            #expect(waiting.isEmpty || running.count == limit)
            #expect(bulkhead.running == running.count && bulkhead.waiting == waiting.count)
        }
    }
}
