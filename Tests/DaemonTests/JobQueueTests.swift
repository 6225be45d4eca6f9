import Core
import Linux
import Spool
import TestSupport
import Testing

@testable import Daemon
@testable import Spool

@Suite struct JobQueueTests {
    private func candidate(
        _ name: FileName, priority: Int = 0, arrived: Double = 0
    ) -> Inbox.Candidate {
        Inbox.Candidate(
            name: name, header: JobHeader(pipeline: "", priority: priority),
            arrived: Timestamp(secondsSince1970: arrived))
    }

    private func id(_ number: Int) -> SessionID { SessionID(at: number, random: 0) }

    private func takeAll(_ queue: inout JobQueue) -> [String] {
        var words: [String] = []
        while let entry = queue.take() { words.append(word(entry)) }
        return words
    }

    private func word(_ entry: JobQueue.Entry) -> String {
        switch entry {
        case .candidate(let candidate): candidate.name.display
        case .session(let id, _, _, _): "session \(id)"
        case .claim(let id): "claim \(id)"
        }
    }

    @Test func whatWasBegunGoesFirstThenTheUrgentThenTheOld() {
        var queue = JobQueue()
        queue.add(candidate("late", arrived: 3))
        queue.add(candidate("b", arrived: 2))
        queue.add(candidate("a", arrived: 2))
        queue.add(candidate("urgent", priority: 5, arrived: 9))
        queue.add(candidate("idle", priority: -5, arrived: 1))
        queue.add(id(1), priority: -9, arrived: Timestamp(secondsSince1970: 5))
        queue.add(claim: id(2))
        #expect(queue.count == 7 && queue.waitingInInbox == 5)
        #expect(
            takeAll(&queue) == [
                "claim \(id(2))", "session \(id(1))", "urgent", "a", "b", "late", "idle",
            ])
        #expect(queue.count == 0)
    }

    @Test func aSuspectGoesFirstAndIsAnnounced() {
        var queue = JobQueue()
        queue.add(claim: id(2))
        queue.add(candidate("a", priority: 9))
        #expect(!queue.nextIsSuspect)
        queue.add(id(1), priority: -9, arrived: Timestamp(secondsSince1970: 5), isSuspect: true)
        #expect(queue.nextIsSuspect)
        #expect(takeAll(&queue) == ["session \(id(1))", "claim \(id(2))", "a"])
        #expect(!queue.nextIsSuspect)
    }

    @Test func nothingIsTakenTwice() {
        var queue = JobQueue()
        for _ in 1...3 {
            queue.add(candidate("a"))
            queue.add(claim: id(1))
            queue.add(id(1), priority: 0, arrived: Timestamp(secondsSince1970: 0))
        }
        queue.add(candidate("a", priority: 1))
        #expect(queue.count == 2)
        #expect(takeAll(&queue) == ["claim \(id(1))", "a"])
        queue.add(claim: id(1))
        #expect(takeAll(&queue) == ["claim \(id(1))"])
    }

    /// Random additions, changes and removals, next to a list that is sorted at every look.
    @Test(arguments: 0..<30 as Range<UInt64>) func behavesAsItsModel(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = JobQueue()
        var model: [FileName: Inbox.Candidate] = [:]
        var sessions: [SessionID: (Int, Double)] = [:]

        func expectedNext() -> String? {
            let first = sessions.min {
                (-$0.value.0, $0.value.1, $0.key) < (-$1.value.0, $1.value.1, $1.key)
            }
            if let first { return "session \(first.key)" }
            return model.values.min {
                (-$0.header.priority, $0.arrived, $0.name)
                    < (-$1.header.priority, $1.arrived, $1.name)
            }?.name.display
        }

        for _ in 0..<400 {
            let name = FileName("\(Int.random(in: 0..<15, using: &generator))")
            let priority = Int.random(in: -1...1, using: &generator)
            let arrived = Double(Int.random(in: 0...3, using: &generator))
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let new = candidate(name, priority: priority, arrived: arrived)
                queue.add(new)
                model[name] = new
            case 5:
                let id = id(Int.random(in: 0..<5, using: &generator))
                queue.add(id, priority: priority, arrived: Timestamp(secondsSince1970: arrived))
                if sessions[id] == nil { sessions[id] = (priority, arrived) }
            case 6:
                queue.remove(name)
                model[name] = nil
            case 7:
                let kept = Set(
                    model.keys.filter { _ in Int.random(in: 0..<4, using: &generator) > 0 })
                queue.retainCandidates(kept)
                model = model.filter { kept.contains($0.key) }
            default:
                let expected = expectedNext()
                let taken = queue.take()
                #expect(taken.map(word) == expected)
                switch taken {
                case .candidate(let candidate): model[candidate.name] = nil
                case .session(let id, _, _, _), .claim(let id): sessions[id] = nil
                case nil: break
                }
            }
            #expect(queue.count == model.count + sessions.count)
        }
    }
}
