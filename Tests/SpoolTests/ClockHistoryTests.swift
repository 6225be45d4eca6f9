import Core
import Testing

@testable import Spool

/// How old something is, whatever was done to the wall clock.
@Suite struct ClockHistoryTests {
    private let day = 86_400.0
    private let today = 1_795_409_565.0

    private func reading(_ boot: String, _ seconds: Double, wall: Double) -> ClockReading {
        ClockReading(
            wall: Timestamp(secondsSince1970: wall),
            moment: BootMoment(boot: boot, seconds: seconds))
    }

    private func age(_ history: ClockHistory, _ end: ClockReading, at now: ClockReading) -> Double {
        history.age(of: end.wall, end.moment, at: now).seconds
    }

    @Test func aClockThatGoesRightIsNoNews() {
        var history = ClockHistory()
        for hour in 0..<50 {
            let seconds = Double(hour) * 3600
            #expect(history.note(reading("a", seconds, wall: today + seconds + 0.5)) == nil)
        }
        // Off for a night, and for six days.
        #expect(history.note(reading("b", 10, wall: today + 3 * day)) == nil)
        #expect(history.note(reading("c", 10, wall: today + 9 * day)) == nil)
        let end = reading("a", 100, wall: today + 100)
        #expect(age(history, end, at: reading("c", 20, wall: today + 9 * day)) == 9 * day - 100)
    }

    /// A machine without a clock starts in 1970, makes a video, and is told the time.
    @Test func whatWasMadeBeforeTheClockWasSetRightIsAsOldAsItIs() {
        var history = ClockHistory()
        #expect(history.note(reading("a", 20, wall: 20)) == nil)
        let end = reading("a", 30, wall: 30)
        let set = reading("a", 40, wall: today)
        let jump = history.note(set)
        #expect(jump?.seconds == today - 40 && jump?.isOverBoot == false)
        #expect(history.jump(within: .seconds(100), of: set) == jump)
        #expect(
            history.jump(within: .seconds(100), of: reading("a", 140, wall: today + 100)) == nil)
        #expect(age(history, end, at: set) == 10)
        // In the boots after it too.
        let later = reading("b", 5, wall: today + 2 * day)
        #expect(history.note(later) == nil)
        #expect(age(history, end, at: later) == 2 * day + 10)
        // What was made in the same minute of another boot that began in 1970 is not confused with it.
        #expect(history.note(reading("c", 20, wall: 20))?.isOverBoot == true)
        let other = reading("c", 30, wall: 30)
        #expect(history.note(reading("c", 40, wall: today + 3 * day))?.isOverBoot == false)
        let now = reading("d", 9, wall: today + 4 * day)
        #expect(age(history, end, at: now) == 4 * day + 10)
        #expect(age(history, other, at: now) == day + 10)
    }

    @Test func nothingIsYoungerThanNothing() {
        var history = ClockHistory()
        _ = history.note(reading("a", 0, wall: today))
        let end = reading("a", 100, wall: today + 100)
        let back = reading("a", 200, wall: today - 3400)
        #expect(history.note(back)?.seconds == -3600)
        #expect(age(history, end, at: back) == 100)
        #expect(history.age(of: end.wall, nil, at: back) == .zero)
    }

    /// A start with a clock that is wrong either way.
    @Test(arguments: [-3600.0, 691_200.0, 1e9] as [Double]) func aWrongClockAtTheStartIsDoubted(
        _ step: Double
    ) {
        var history = ClockHistory()
        _ = history.note(reading("a", 0, wall: today))
        let start = reading("b", 10, wall: today + step)
        #expect(history.note(start)?.isOverBoot == true)
        let end = reading("a", 0, wall: today)
        let ages = Ages(at: start, history, respite: .seconds(60))
        let verdict = ages.verdict(on: end.wall, end.moment, keptFor: .seconds(3600))
        #expect(verdict == (step < 0 ? .young : .doubtful))
        let later = Ages(
            at: reading("b", 70, wall: today + step + 60), history, respite: .seconds(60))
        #expect(
            later.verdict(on: end.wall, end.moment, keptFor: .seconds(3600))
                == (step < 0 ? .young : .old))
    }

    @Test func onlyWhatAllClocksCallOldIsOld() {
        var history = ClockHistory()
        _ = history.note(reading("a", 0, wall: today))
        _ = history.note(reading("a", 50, wall: today + 100 * day))
        let now = reading("a", 5000, wall: today + 100 * day + 4950)
        let ages = Ages(at: now, history, respite: .seconds(60))
        let end = reading("a", 10, wall: today + 10)
        #expect(ages.verdict(on: end.wall, end.moment, keptFor: .seconds(4000)) == .old)
        #expect(ages.verdict(on: end.wall, end.moment, keptFor: .seconds(9000)) == .doubtful)
        #expect(ages.verdict(on: end.wall, end.moment, keptFor: .seconds(101 * day)) == .young)
    }
}
