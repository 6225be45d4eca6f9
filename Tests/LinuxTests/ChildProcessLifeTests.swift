import Glibc
import Testing

@testable import Linux

/// The decisions alone: no process is run. Timeout 10 s, grace 3 s.
@Suite struct ChildProcessLifeTests {
    private typealias Step = (
        at: Double, event: ChildProcessLife.Event, actions: [ChildProcessLife.Action]
    )

    private func expect(
        _ steps: [Step], cause: ChildProcess.Cause?, firstInspection: Duration? = nil,
        at place: SourceLocation = #_sourceLocation
    ) {
        var life = ChildProcessLife(
            timeout: .seconds(10), grace: .seconds(3), firstInspection: firstInspection)
        for step in steps {
            let actions = life.handle(step.event, now: .seconds(step.at))
            #expect(actions == step.actions, "\(step)", sourceLocation: place)
        }
        #expect(life.cause == cause, sourceLocation: place)
    }

    private func terminate(killAt: Double) -> [ChildProcessLife.Action] {
        [.signal(SIGTERM), .signal(SIGCONT), .wake(at: .seconds(killAt))]
    }
    private let burial: [ChildProcessLife.Action] = [.signal(SIGKILL), .bury]

    @Test func endsByItself() {
        expect(
            [
                (0, .clock, [.wake(at: .seconds(10))]), (4, .leaderEnded, burial),
                (4, .buried(remaining: false), [.finish]), (5, .clock, []), (5, .cancelled, []),
            ], cause: nil)
    }

    @Test func isTerminatedThenKilledAtItsTimeout() {
        expect(
            [
                (0, .clock, [.wake(at: .seconds(10))]), (10, .clock, terminate(killAt: 13)),
                (11, .clock, [.wake(at: .seconds(13))]), (11, .cancelled, []),
                (13, .clock, [.signal(SIGKILL)]), (14, .clock, []), (15, .leaderEnded, burial),
                (15, .buried(remaining: false), [.finish]),
            ], cause: .timeout)
    }

    @Test func aStaleWakeDoesNotShortenTheGraceOfACancelledChild() {
        expect(
            [
                (9, .cancelled, terminate(killAt: 12)), (10, .clock, [.wake(at: .seconds(12))]),
                (11, .cancelled, []), (12, .clock, [.signal(SIGKILL)]),
            ], cause: .cancellation)
    }

    @Test func waitsForTheRestOfTheGroupButNotForEver() {
        let again = ChildProcessLife.Action.wake(at: .seconds(1) + ChildProcessLife.pause)
        expect(
            [
                (1, .leaderEnded, burial), (1, .buried(remaining: true), [again]),
                (2, .cancelled, []), (2, .clock, [.bury]), (6, .buried(remaining: true), [.finish]),
            ], cause: nil)
    }

    @Test func isInspectedLessAndLessOften() {
        let wake = { (at: Double) in ChildProcessLife.Action.wake(at: .seconds(at)) }
        expect(
            [
                (0, .clock, [wake(0.5)]), (0.5, .clock, [.inspect, wake(10)]),
                (0.5, .inspected, [wake(1.5)]), (1.5, .clock, [.inspect, wake(10)]),
                // One that took long is not repeated soon.
                (1.75, .inspected, [wake(6.75)]), (6.75, .clock, [.inspect, wake(10)]),
                (6.75, .inspected, [wake(8.75)]), (8.75, .clock, [.inspect, wake(10)]),
                (9, .condemned(.inspection), [.signal(SIGKILL)]), (10, .clock, []),
                (10, .leaderEnded, burial),
            ], cause: .inspection, firstInspection: .milliseconds(500))
    }

    /// A long grace is no leave to fill the disk.
    @Test func isInspectedWhileItEnds() {
        let (signals, kill) = (
            Array(terminate(killAt: 0).prefix(2)), [ChildProcessLife.Action.signal(SIGKILL)]
        )
        expect(
            [
                (0, .clock, [.wake(at: .seconds(1))]),
                (0.5, .cancelled, signals + [.wake(at: .seconds(1))]),
                (1, .clock, [.inspect, .wake(at: .seconds(3.5))]),
                (1, .condemned(.output), kill), (1, .inspected, []), (1.5, .condemned(.output), []),
            ], cause: .cancellation, firstInspection: .seconds(1))
    }
}
