import Core
import Glibc
import Synchronization
import Systemd
import TestSupport
import Testing

@Suite struct WatchdogTests {
    @Test func keepsAliveAndNamesWhatIsStuck() {
        let manager = DatagramReceiver()
        let log = RecordingLog()
        let watchdog = Watchdog(
            interval: .seconds(8), notifier: Notifier(socketName: manager.path), log: log)
        let inbox = watchdog.register("inbox")
        let runner = watchdog.register("runner")
        #expect(watchdog.pulseInterval == .seconds(1))

        watchdog.check(at: .seconds(4))
        #expect(manager.next() == "WATCHDOG=1")
        inbox()
        watchdog.check(at: .seconds(8))
        watchdog.check(at: .seconds(10))
        #expect(manager.next() == nil)
        #expect(log.events.map(\.kind) == [.partStuck])
        #expect(log.events.first?.message.contains("runner") == true)
        runner.end()
        watchdog.check(at: .seconds(11))
        #expect(manager.next() == "WATCHDOG=1")
    }

    @Test func runsUntilCancelled() async {
        let watchdog = Watchdog(
            interval: .seconds(3600), notifier: Notifier(socketName: nil), log: RecordingLog())
        let task = Task { await watchdog.run() }
        task.cancel()
        await task.value
    }

    /// In processes of their own, since they change the environment.
    @Test(
        arguments: [
            (usec: "30000000", forSelf: true, seconds: 30), ("30000000", false, nil),
            ("0", true, nil), ("soon", true, nil), ("", true, nil),
        ] as [(usec: String, forSelf: Bool, seconds: Int?)])
    func readsWhatTheManagerAskedFor(_ usec: String, _ forSelf: Bool, _ seconds: Int?) async {
        await #expect(processExitsWith: .success) { [usec, forSelf, seconds] in
            setenv("WATCHDOG_USEC", usec, 1)
            setenv("WATCHDOG_PID", "\(forSelf ? getpid() : 1)", 1)
            precondition(Watchdog.requestedInterval() == seconds.map { .seconds($0) })
        }
    }
}

/// Keeps what is recorded.
private final class RecordingLog: EventLog {
    private let recorded = Mutex<[Event]>([])

    var events: [Event] { recorded.withLock { $0 } }

    func record(_ event: Event) { recorded.withLock { $0.append(event) } }
}
