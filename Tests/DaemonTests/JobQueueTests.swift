import Core
import TestSupport
import Testing

@testable import Daemon
@testable import Spool

@Suite struct JobQueueTests {
    private func candidate(
        _ name: FileName, priority: Int = 0, arrived: Double = 0
    ) -> Inbox.Candidate {
        Inbox.Candidate(
            name: name, priority: priority, arrived: Timestamp(secondsSince1970: arrived))
    }

    private func id(_ number: Int) -> SessionID { SessionID(at: number, random: 0) }

    private func takeAll(_ queue: inout JobQueue) -> [String] {
        var words: [String] = []
        while let entry = queue.take() { words.append(word(entry)) }
        return words
    }

    private func word(_ entry: JobQueue.Entry) -> String {
        switch entry {
        case .file(let name): name.display
        case .session(let id, _): "session \(id)"
        case .claim(let id): "claim \(id)"
        }
    }

    @Test func whatWasBegunGoesFirstThenTheUrgentThenTheOld() {
        var queue = JobQueue(ageing: 1000)
        queue.add(candidate("late", arrived: 3), stamp: 0)
        queue.add(candidate("b", arrived: 2), stamp: 0)
        queue.add(candidate("a", arrived: 2), stamp: 0)
        queue.add(candidate("urgent", priority: 5, arrived: 9), stamp: 0)
        queue.add(candidate("idle", priority: -5, arrived: 1), stamp: 0)
        #expect(queue.nextIsNew)
        queue.add(id(1), priority: -9, arrived: Timestamp(secondsSince1970: 5))
        queue.add(claim: id(2))
        #expect(queue.count == 7 && !queue.nextIsNew)
        #expect(
            takeAll(&queue) == [
                "claim \(id(2))", "session \(id(1))", "urgent", "a", "b", "late", "idle",
            ])
        #expect(queue.count == 0 && !queue.nextIsNew)
    }

    /// However many urgent jobs keep coming, one that has waited long enough goes before them.
    @Test(arguments: [1, 7, 200]) func nothingStarves(_ difference: Int) {
        var queue = JobQueue(ageing: 60)
        queue.add(candidate("patient", priority: -difference, arrived: 0), stamp: 0)
        var served = 0
        for second in 0... {
            queue.add(candidate("\(second)", arrived: Double(second)), stamp: 0)
            guard case .file(let name)? = queue.take(), name != "patient" else { break }
            served += 1
            if served > 60 * difference + 10 { break }
        }
        // The one that came at the very moment when both are equal goes by its name.
        #expect((60 * difference...60 * difference + 1).contains(served))
    }

    @Test func aSuspectGoesFirstAndIsAnnounced() {
        var queue = JobQueue(ageing: 1)
        queue.add(claim: id(2))
        queue.add(candidate("a", priority: 9), stamp: 0)
        #expect(!queue.nextIsSuspect)
        queue.add(id(1), priority: -9, arrived: Timestamp(secondsSince1970: 5), isSuspect: true)
        #expect(queue.nextIsSuspect)
        #expect(takeAll(&queue) == ["session \(id(1))", "claim \(id(2))", "a"])
        #expect(!queue.nextIsSuspect)
    }

    @Test func nothingIsTakenTwice() {
        var queue = JobQueue(ageing: 1)
        for _ in 1...3 {
            queue.add(candidate("a"), stamp: 0)
            queue.add(claim: id(1))
            queue.add(id(1), priority: 0, arrived: Timestamp(secondsSince1970: 0))
        }
        queue.add(candidate("a", priority: 1), stamp: 1)
        #expect(queue.count == 2 && queue.stamp(of: "a") == 1)
        #expect(takeAll(&queue) == ["claim \(id(1))", "a"])
        queue.add(claim: id(1))
        #expect(takeAll(&queue) == ["claim \(id(1))"])
    }

    @Test func aReloadForgetsOnlyWhatWaitsInTheInbox() {
        var queue = JobQueue(ageing: 1)
        queue.add(candidate("a"), stamp: 0)
        queue.add(claim: id(1))
        queue.forgetWaiting(ageing: 2)
        #expect(queue.stamp(of: "a") == nil)
        #expect(takeAll(&queue) == ["claim \(id(1))"])
    }

    /// Sessions come in the order of a list that is sorted at every look.
    @Test(arguments: 0..<10 as Range<UInt64>) func sessionsComeByRank(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = JobQueue(ageing: 2)
        var model: [SessionID: Double] = [:]
        for _ in 0..<300 {
            if Int.random(in: 0..<3, using: &generator) > 0 {
                let id = id(Int.random(in: 0..<40, using: &generator))
                let priority = Int.random(in: -2...2, using: &generator)
                let arrived = Double(Int.random(in: 0...9, using: &generator))
                queue.add(id, priority: priority, arrived: Timestamp(secondsSince1970: arrived))
                if model[id] == nil { model[id] = arrived - 2 * Double(priority) }
            } else {
                let first = model.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
                #expect(queue.take().map(word) == first.map { "session \($0)" })
                if let first { model[first] = nil }
            }
            #expect(queue.count == model.count)
        }
    }
}
