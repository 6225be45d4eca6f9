import Core
import Testing

@testable import Daemon

/// The wall clock may be set while jobs wait; the steady one goes on.
@Suite struct ParkedJobsTests {
    private let start = ContinuousClock.now
    private let id = SessionID(at: 0, JobHandle(0))

    private func wall(_ seconds: Double) -> Timestamp { Timestamp(secondsSince1970: seconds) }

    /// The reason that is told is that of the most, and of no job that has gone.
    @Test func tellsWhyMostWait() {
        var parked = ParkedJobs()
        let ids = ["aaaa", "bbbb", "cccc"].compactMap { SessionID("session_20260101_000000_\($0)") }
        #expect(ids.count == 3 && parked.commonCause == nil)
        for (id, cause) in zip(ids, ["no voice", "no room", "no voice"]) {
            parked.add(id, until: wall(1060), because: cause, at: start)
        }
        #expect(parked.commonCause == "no voice")
        parked.remove(ids[0])
        parked.add(ids[2], until: wall(1060), at: start)
        #expect(parked.commonCause == "no room")
        _ = parked.takeDue(at: wall(1060), start)
        #expect(parked.commonCause == nil)
    }

    @Test func isDueAtItsWakeTime() {
        var parked = ParkedJobs()
        parked.add(id, until: wall(1060), wait: .seconds(60), at: start)
        #expect(parked.timeToNext(at: wall(1000), start) == .seconds(60))
        #expect(parked.takeDue(at: wall(1059), start + .seconds(59)).isEmpty)
        #expect(parked.takeDue(at: wall(1060), start + .seconds(59)) == [id])
        #expect(parked.count == 0 && parked.timeToNext(at: wall(1060), start) == nil)
    }

    @Test func aClockThatIsSetBackMakesItWaitNoLonger() {
        var parked = ParkedJobs()
        parked.add(id, until: wall(1e9), wait: .seconds(60), at: start)
        #expect(parked.timeToNext(at: wall(0), start + .seconds(59)) == .seconds(1))
        #expect(parked.takeDue(at: wall(0), start + .seconds(59)).isEmpty)
        #expect(parked.takeDue(at: wall(0), start + .seconds(60)) == [id])
    }

    @Test func aDateIsADate() {
        var parked = ParkedJobs()
        parked.add(id, until: wall(1e9), at: start)
        #expect(parked.takeDue(at: wall(0), start + .seconds(1e8)).isEmpty)
        #expect(parked.takeDue(at: wall(1e9), start) == [id])
    }

    @Test func anOperatorsWakeTimeCounts() {
        var parked = ParkedJobs()
        parked.add(id, until: wall(1060), wait: .seconds(60), at: start)
        // What stands on the file is what it was parked until: nobody has said anything.
        parked.notice(id, until: wall(1060))
        #expect(parked.timeToNext(at: wall(0), start) == .seconds(60))
        parked.notice(id, until: wall(5000))
        #expect(parked.takeDue(at: wall(4999), start + .seconds(9999)).isEmpty)
        parked.notice(id, until: wall(900))
        #expect(parked.takeDue(at: wall(1000), start) == [id])
        parked.notice(id, until: wall(1))
        #expect(parked.count == 0)
    }

    @Test func eachIsDueByItself() {
        var parked = ParkedJobs()
        let ids = (0..<5).map { SessionID(at: $0, JobHandle(0)) }
        for (second, id) in ids.enumerated() {
            parked.add(id, until: wall(Double(second)), at: start)
        }
        #expect(Set(parked.takeDue(at: wall(2), start)) == Set(ids[...2]))
        #expect(parked.contains(ids[3]) && !parked.contains(ids[2]))
        #expect(parked.timeToNext(at: wall(2), start) == .seconds(1))
    }

    @Test func whoWaitsForABreakerIsTakenInTheOrderItCame() {
        var parked = ParkedJobs()
        let ids = (0..<5).map { SessionID(at: 0, JobHandle($0)) }
        for (index, id) in ids.enumerated() {
            let breakers = index == 1 ? ["q"] : index == 2 ? ["p", "q"] : ["p"]
            parked.add(
                id, until: wall(1060), wait: .seconds(60), breakers: index == 4 ? [] : breakers,
                at: start)
        }
        // Parked anew, it comes last.
        parked.add(ids[0], until: wall(1060), breakers: ["p"], at: start)
        #expect(parked.isAwaited("p") && parked.isAwaited("q") && !parked.isAwaited("r"))
        #expect(parked.take(2, waitingFor: "p") == [ids[2], ids[3]])
        #expect(parked.take(9, waitingFor: "q") == [ids[1]])
        #expect(!parked.isAwaited("q") && parked.count == 2)
        #expect(Set(parked.takeDue(at: wall(1060), start)) == [ids[0], ids[4]])
        #expect(!parked.isAwaited("p"))
    }
}
