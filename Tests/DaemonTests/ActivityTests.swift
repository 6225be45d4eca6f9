import Core
import Synchronization
import TestSupport
import Testing

@testable import Daemon

@Suite struct ActivityTests {
    private let log = RecordingLog()

    private func event(
        _ kind: EventKind, session: String = "s1", step: String? = nil
    ) -> Event {
        var fields: [Event.Field: String] = [.session: session, .job: "\(session).json"]
        fields[.step] = step
        return Event(kind, "", fields)
    }

    private func activity(_ minimum: Event.Priority = .debug) -> Activity {
        Activity(sink: log, minimum: minimum) {}
    }

    private func running(_ activity: Activity) -> [String] {
        activity.figures.running.map { "\($0.job) \($0.step)" }
    }

    @Test func knowsWhichStepsRun() {
        let activity = activity()
        activity.record(event(.stepStarted, step: "a"))
        activity.record(event(.stepStarted, session: "s2", step: "a"))
        activity.record(event(.stepStarted, step: "b"))
        #expect(running(activity) == ["s1.json a", "s2.json a", "s1.json b"])
        activity.record(event(.stepFinished, step: "a"))
        activity.record(event(.stepFailed, session: "s2", step: "a"))
        #expect(running(activity) == ["s1.json b"])
    }

    @Test(arguments: [EventKind.jobDone, .jobFailed, .jobDeferred, .jobCheckpointed])
    func noStepOutlivesItsJob(_ kind: EventKind) {
        let activity = activity()
        activity.record(event(.stepStarted, step: "a"))
        activity.record(event(.stepStarted, session: "s2", step: "a"))
        activity.record(event(kind))
        #expect(running(activity) == ["s2.json a"])
    }

    @Test func countsHowJobsEnded() {
        let activity = activity()
        for kind in [EventKind.jobDone, .jobFailed, .jobDone, .jobRejected, .jobDone] {
            activity.record(event(kind))
        }
        #expect(activity.figures == Activity.Figures(done: 3, failed: 1, rejected: 1))
    }

    @Test func passesOnWhatIsUrgentEnoughAndCountsTheRestToo() {
        let activity = activity(.warning)
        activity.record(event(.jobDone))
        activity.record(event(.jobFailed))
        activity.record(event(.stepRetried))
        #expect(log.events.map(\.kind) == [.jobFailed, .stepRetried])
        #expect(activity.figures.done == 1)
        activity.pass(.notice)
        activity.record(event(.jobDone))
        #expect(log.events.last?.kind == .jobDone)
    }

    @Test func tellsOnlyWhenTheFiguresChanged() {
        let changes = Counter()
        let activity = Activity(sink: log, minimum: .debug) { changes.count.withLock { $0 += 1 } }
        activity.record(event(.jobClaimed))
        activity.record(event(.stepFinished, step: "a"))
        #expect(changes.count.withLock { $0 } == 0)
        activity.record(event(.stepStarted, step: "a"))
        activity.record(event(.jobDone))
        #expect(changes.count.withLock { $0 } == 2)
    }

    private final class Counter: Sendable { let count = Mutex(0) }

    @Test func aConditionOfTheFileSystemIsToldOnceUntilItIsOver() {
        let activity = activity(.info)
        func complain(_ code: String, times: Int = 3) -> Int {
            let before = log.events.count
            for _ in 0..<times { activity.record(Event(.spoolProblem, "", [.error: code])) }
            return log.events.count - before
        }
        #expect(complain("no_permission") == 3, "that of one file")
        #expect(!activity.isTroubled)
        #expect(complain("read_only") == 1 && complain("read_only") == 0)
        #expect(activity.isTroubled)
        #expect(complain("io_error") == 1, "another one")
        activity.troubleIsOver()
        #expect(!activity.isTroubled && complain("read_only") == 1)
    }
}
