import Core
import Testing

@Suite struct LookaheadTests {
    private func after(_ intervals: [Int], limit: Int = 2) -> Lookahead {
        var lookahead = Lookahead(limit: limit)
        var now = Duration.seconds(5)
        lookahead.noteEnd(now: now)
        for interval in intervals {
            now += .milliseconds(interval)
            lookahead.noteEnd(now: now)
        }
        return lookahead
    }

    @Test func nothingIsBegunEarlyUntilThePastSaysThatItIsQuick() {
        #expect(Lookahead(limit: 2).begun == 2)
        #expect(after([]).begun == 2)
        #expect(after([200, 200]).begun == 2)
    }

    @Test(arguments: [(2, 32), (4, 27), (20, 7), (40, 4), (99, 3), (100, 2), (5000, 2)])
    func asManyAsEndWithinTheHorizon(interval: Int, begun: Int) {
        #expect(after(Array(repeating: interval, count: 40)).begun == begun)
    }

    @Test func aLongOneEndsIt() {
        #expect(after([4, 4, 4, 30_000]).begun == 2)
        #expect(after([30_000] + Array(repeating: 4, count: 60)).begun > 10)
    }

    @Test func oneAtATimeIsOneAtATime() {
        #expect(after([1, 1, 1, 1], limit: 1).begun == 1)
        #expect(Lookahead(limit: 0).begun == 1)
        #expect(after([1, 1, 1, 1], limit: 100).begun == 130, "not in proportion without end")
    }

    @Test func aPauseWithoutWorkSaysNothing() {
        var lookahead = after([4, 4, 4, 4])
        lookahead.noteIdle()
        lookahead.noteEnd(now: .seconds(9_000))
        #expect(lookahead.begun == 27)
    }
}
