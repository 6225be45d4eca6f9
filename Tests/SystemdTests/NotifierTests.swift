import Glibc
import Systemd
import TestSupport
import Testing

@Suite struct NotifierTests {
    @Test(arguments: [
        (Notification.ready(status: "Watching"), "READY=1\nSTATUS=Watching"),
        (.status("2 running"), "STATUS=2 running"),
        (.status("a\nWATCHDOG=trigger"), "STATUS=a WATCHDOG=trigger"),
        (.stopping(status: "Draining"), "STOPPING=1\nSTATUS=Draining"),
        (.reloading(monotonicMicroseconds: 42), "RELOADING=1\nMONOTONIC_USEC=42"),
        (.watchdog, "WATCHDOG=1"),
        (.extendTimeout(.milliseconds(1500)), "EXTEND_TIMEOUT_USEC=1500000"),
        (.extendTimeout(.seconds(-1)), "EXTEND_TIMEOUT_USEC=0"),
    ])
    func sendsOneDatagram(_ notification: Notification, _ text: String) {
        let manager = DatagramReceiver()
        #expect(Notifier(socketName: manager.path).send(notification))
        #expect(manager.next() == text)
        #expect(manager.next() == nil)
    }

    @Test func aReloadIsDatedByTheMonotonicClock() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        guard case .reloading(let microseconds) = Notification.reloadingNow else {
            Issue.record("it is not a reload")
            return
        }
        let seconds = Int(microseconds / 1_000_000)
        #expect((now.tv_sec...now.tv_sec + 60).contains(seconds))
    }

    @Test(arguments: [
        nil, "", "relative", "/nonexistent/notify", "@reeld-test-nobody-listens",
        "/" + String(repeating: "x", count: 200),
    ])
    func doesNothingWhenNobodyListens(_ socketName: String?) {
        #expect(!Notifier(socketName: socketName).send(.watchdog))
    }

    /// What says something once only is told as soon as the manager reads, in order; the rest is not.
    @Test func doesNotWaitForAManagerThatDoesNotRead() async throws {
        let manager = DatagramReceiver()
        let notifier = Notifier(socketName: manager.path)
        while notifier.send(.status("earlier")) {}
        #expect(!notifier.send(.watchdog))
        #expect(!notifier.send(.reloading(monotonicMicroseconds: 42)))
        #expect(!notifier.send(.ready(status: "Reloaded")))
        var told: [String] = []
        let deadline = ContinuousClock.now + patience
        while !told.contains("READY=1\nSTATUS=Reloaded"), ContinuousClock.now < deadline {
            if let next = manager.next() {
                if next != "STATUS=earlier" { told.append(next) }
            } else {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(told == ["RELOADING=1\nMONOTONIC_USEC=42", "READY=1\nSTATUS=Reloaded"])
        #expect(notifier.send(.status("later")))
    }

    @Test func takesTheSocketFromTheEnvironment() async {
        await #expect(processExitsWith: .success) {
            let manager = DatagramReceiver()
            unsetenv("NOTIFY_SOCKET")
            precondition(!Notifier.fromEnvironment().send(.watchdog))
            setenv("NOTIFY_SOCKET", manager.path, 1)
            precondition(Notifier.fromEnvironment().send(.watchdog))
            precondition(manager.next() == "WATCHDOG=1")
        }
    }
}
