import Core
import TestSupport
import Testing

@testable import Daemon
@testable import Spool

@Suite struct JobQueueTests {
    private func candidate(
        _ name: FileName, priority: Int = 0, arrived: Double = 0, of owner: UInt32 = 1
    ) -> Inbox.Candidate {
        Inbox.Candidate(
            name: name, priority: priority, arrived: Timestamp(secondsSince1970: arrived),
            owner: owner)
    }

    private func id(_ number: Int) -> SessionID { SessionID(at: number, JobHandle(0)) }

    private func takeAll(_ queue: inout JobQueue) -> [String] {
        var words: [String] = []
        while let job = queue.pop() { words.append(word(job.entry)) }
        return words
    }

    private func word(_ entry: JobQueue.Entry) -> String {
        switch entry {
        case .file(let name, _): name.display
        case .session(let id, _): "session \(id)"
        case .claim(let id): "claim \(id)"
        }
    }

    private func next(_ queue: inout JobQueue, isNewAllowed: Bool = true) -> JobQueue.Job? {
        queue.next(isNewAllowed: isNewAllowed)
    }

    @Test func whatWasBegunGoesFirstThenTheUrgentThenTheOld() {
        var queue = JobQueue(ageing: 1000)
        queue.add(candidate("late", arrived: 3), stamp: 0)
        queue.add(candidate("b", arrived: 2), stamp: 0)
        queue.add(candidate("a", arrived: 2), stamp: 0)
        queue.add(candidate("urgent", priority: 5, arrived: 9), stamp: 0)
        queue.add(candidate("idle", priority: -5, arrived: 1), stamp: 0)
        #expect(next(&queue)?.isNew == true && next(&queue, isNewAllowed: false) == nil)
        queue.add(id(1), priority: -9, arrived: Timestamp(secondsSince1970: 5), owner: 1)
        queue.add(claim: id(2))
        #expect(queue.count == 7 && next(&queue)?.isNew == false)
        #expect(
            takeAll(&queue) == [
                "claim \(id(2))", "session \(id(1))", "urgent", "a", "b", "late", "idle",
            ])
        #expect(queue.count == 0 && next(&queue) == nil)
    }

    /// However many urgent jobs keep coming, one that has waited long enough goes before them.
    @Test(arguments: [1, 7, 200]) func nothingStarves(_ difference: Int) {
        var queue = JobQueue(ageing: 60)
        queue.add(candidate("patient", priority: -difference, arrived: 0), stamp: 0)
        var served = 0
        for second in 0... {
            queue.add(candidate("\(second)", arrived: Double(second)), stamp: 0)
            guard case .file(let name, _)? = queue.pop()?.entry, name != "patient" else { break }
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
        #expect(next(&queue)?.entry.isSuspect == false)
        queue.add(
            id(1), priority: -9, arrived: Timestamp(secondsSince1970: 5), owner: 1,
            isSuspect: true)
        #expect(next(&queue)?.entry.isSuspect == true)
        #expect(takeAll(&queue) == ["session \(id(1))", "claim \(id(2))", "a"])
    }

    @Test func nothingIsTakenTwice() {
        var queue = JobQueue(ageing: 1)
        for _ in 1...3 {
            queue.add(candidate("a"), stamp: 0)
            queue.add(claim: id(1))
            queue.add(id(1), priority: 0, arrived: Timestamp(secondsSince1970: 0), owner: 1)
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
                queue.add(
                    id, priority: priority, arrived: Timestamp(secondsSince1970: arrived), owner: 1)
                if model[id] == nil { model[id] = arrived - 2 * Double(priority) }
            } else {
                let first = model.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
                let entry = queue.pop()?.entry
                #expect(entry.map(word) == first.map { "session \($0)" })
                if let first { model[first] = nil }
            }
            #expect(queue.count == model.count)
        }
    }

    // MARK: - Turns

    @Test func turnsGoRoundTheSubmitters() {
        var queue = JobQueue(ageing: 60)
        for number in 0..<5 {
            queue.add(
                candidate("a\(number)", priority: 100, arrived: Double(number), of: 1), stamp: 0)
        }
        queue.add(candidate("b0", arrived: 1000, of: 2), stamp: 0)
        queue.add(candidate("c0", arrived: 900, of: 3), stamp: 0)
        let first = queue.pop()?.entry
        #expect(first.map(word) == "a0")
        // Whoever comes later does not wait for a round to end in which it has had no turn.
        queue.add(candidate("d0", arrived: 2000, of: 4), stamp: 0)
        #expect(takeAll(&queue) == ["c0", "b0", "d0", "a1", "a2", "a3", "a4"])
    }

    @Test func whatWasBegunTakesItsSubmittersTurns() {
        var queue = JobQueue(ageing: 60)
        for number in 1...3 {
            queue.add(id(number), priority: 9, arrived: Timestamp(secondsSince1970: 0), owner: 1)
        }
        queue.add(candidate("b0", arrived: 50, of: 2), stamp: 0)
        queue.add(candidate("a0", priority: 100, arrived: 0, of: 1), stamp: 0)
        #expect(
            takeAll(&queue) == [
                "session \(id(1))", "b0", "session \(id(2))", "session \(id(3))", "a0",
            ])
    }

    @Test func whoMayNotHaveAnotherIsPassedOver() {
        var queue = JobQueue(ageing: 60)
        queue.add(candidate("a", arrived: 0, of: 1), stamp: 0)
        queue.add(candidate("b", arrived: 5, of: 2), stamp: 0)
        let job = queue.next { $0 != 1 }
        #expect(job?.owner == 2)
        let none = queue.next { _ in false }
        #expect(none == nil)
        if let job { queue.take(job) }
        #expect(takeAll(&queue) == ["a"])
    }

    /// A file that another user has put in the place of one is his.
    @Test func aFileHasOneOwner() {
        var queue = JobQueue(ageing: 60)
        queue.add(candidate("a", of: 1), stamp: 1)
        queue.add(candidate("a", of: 2), stamp: 2)
        #expect(queue.count == 1 && queue.stamp(of: "a") == 2)
        #expect(queue.waiting(of: 1) == 0 && queue.waiting(of: 2) == 1)
    }

    /// Whatever some do, nobody's only job waits for more than two of each of the others: what is left of a
    /// round, and the next.
    @Test(arguments: 0..<10 as Range<UInt64>) func nobodyWaitsForACrowd(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = JobQueue(ageing: 60)
        var waitingSince: [UInt32: Int] = [:]
        var number = 0
        for turn in 0..<400 {
            // The first two drop crowds, the others one job at a time.
            for owner in UInt32(1)...6
            where owner < 3 || waitingSince[owner] == nil && Bool.random(using: &generator) {
                number += 1
                let priority = owner < 3 ? 100 : Int.random(in: -100...0, using: &generator)
                queue.add(
                    candidate(
                        FileName("\(number)"), priority: priority, arrived: Double(turn), of: owner),
                    stamp: 0)
                if owner >= 3 { waitingSince[owner] = turn }
            }
            guard let owner = queue.pop()?.owner else { continue }
            if let since = waitingSince.removeValue(forKey: owner) { #expect(turn - since <= 10) }
        }
        for since in waitingSince.values { #expect(400 - since <= 10) }
    }

    /// A file whose bytes are what they were keeps its turn, one with other bytes has arrived anew.
    @Test func aChangeOfPermissionsCostsNoTurn() {
        var queue = JobQueue(ageing: 60)
        func add(_ name: FileName, _ arrived: Double, _ contents: UInt64) {
            var found = candidate(name, arrived: arrived)
            found.contents = contents
            queue.add(found, stamp: UInt64(arrived))
        }
        for (arrived, name) in ["a", "b", "c"].enumerated() {
            add(FileName(name), Double(arrived), UInt64(arrived))
        }
        add("a", 8, 0)
        add("b", 9, 77)
        #expect(queue.stamp(of: "a") == 8)
        #expect(takeAll(&queue) == ["a", "c", "b"])
    }

    /// What is queued and taken back again and again leaves nothing behind.
    @Test func whatIsTakenBackIsGone() {
        var queue = JobQueue(ageing: 60)
        for round in 0..<1000 {
            queue.add(
                id(round % 7), priority: round % 5, arrived: Timestamp(secondsSince1970: 0),
                owner: 1)
            queue.remove(id(round % 7))
            #expect(next(&queue) == nil && queue.count == 0)
        }
        queue.add(id(3), priority: 0, arrived: Timestamp(secondsSince1970: 0), owner: 1)
        #expect(takeAll(&queue) == ["session \(id(3))"])
    }

    /// How long it takes to note a few files where so many wait: of some tries the best, since on a busy
    /// machine any may be kept from its processor.
    private func time(toMeetAmong waiting: Int) -> Duration {
        var queue = JobQueue(ageing: 1000)
        for number in 0..<waiting {
            queue.add(candidate(FileName("\(number)"), arrived: Double(number)), stamp: 0)
        }
        let times = (0..<10).map { _ in
            ContinuousClock().measure { for _ in 0..<50 { queue.meet("0") } }
        }
        return times.min() ?? .zero
    }

    @Test func aCrowdThatWaitsIsNotCopiedForEachFile() {
        #expect(time(toMeetAmong: 200_000) < time(toMeetAmong: 1000) * 5)
    }
}

extension JobQueue {
    /// Takes the job whose turn it is.
    fileprivate mutating func pop() -> Job? {
        let job = next()
        if let job { take(job) }
        return job
    }
}
